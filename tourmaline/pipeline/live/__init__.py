"""The loop between an edit and its page: what watches the sources, what builds, and the server that refreshes a browser's tab.

`watcher` serves the site and notices edits. `worker` is a process of its own that keeps imports, kernels and Jupyter Book warm; it is
started again when code of ours has changed. `server` is the server with a line to each open tab.
"""
