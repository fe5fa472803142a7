"""The commands of `mockround`, by topic; `interviewer.cli` gives them their names."""
