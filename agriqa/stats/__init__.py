"""Pure statistics: arrays and frames in, results out; knows nothing of agriculture."""
