"""The parts of the workspace, by subject; `hansei_tui.workspace` is what others import."""
