"""Dataset declarations, units and code lists."""

from agriqa.datasets.declaration import (
    Code,
    CodeList,
    Column,
    Dataset,
    Label,
    code_lists,
    dataset,
    datasets,
)

__all__ = ["Code", "CodeList", "Column", "Dataset", "Label", "code_lists", "dataset", "datasets"]
