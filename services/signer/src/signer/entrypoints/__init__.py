"""Ways in: gRPC servicers and the command line."""
