"""Blank workbooks that county clerks fill in, made from the declarations."""

from agriqa.ingest.forms.stamp import FormStamp, form_stamp, is_current
from agriqa.ingest.forms.workbook import write_form

__all__ = ["FormStamp", "form_stamp", "is_current", "write_form"]
