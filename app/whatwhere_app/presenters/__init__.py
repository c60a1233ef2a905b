"""Between views and workspace: the only writers of the workspace, free of widgets."""
