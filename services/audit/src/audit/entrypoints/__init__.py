"""Ways in: gRPC servicers, the dashboard's pages and the command line."""
