"""The ways in: gRPC servicers, pages, the command line."""
