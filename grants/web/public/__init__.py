"""The open web: anybody may look."""
