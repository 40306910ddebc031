"""What the exploring notebooks ask of a project before a method can be applied.

Each function takes a workbench, or rows that came from one, and returns a frame
or an array in the shape that a function of `agriqa.stats` takes. The methods
themselves are called in the notebook, where the analyst sees them.
"""
