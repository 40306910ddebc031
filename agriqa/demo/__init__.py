"""The simulated returns: written as the messy files a province receives."""

from agriqa.demo.config import DemoConfig, DemoError, load_config
from agriqa.demo.writing import DemoSummary, write_demo

__all__ = ["DemoConfig", "DemoError", "DemoSummary", "load_config", "write_demo"]
