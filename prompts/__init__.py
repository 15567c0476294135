"""Text that people and models read: YAML and Markdown, no code."""
