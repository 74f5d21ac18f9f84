"""Groups of commands, a module a group: `hitstream GROUP VERB`."""
