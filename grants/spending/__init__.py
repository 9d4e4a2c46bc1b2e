"""The spending plan, and own spend: what is charged to a pot without an award."""
