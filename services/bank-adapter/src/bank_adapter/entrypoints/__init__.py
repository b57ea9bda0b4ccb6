"""Where the outside comes in: gRPC servicers, the worker, the command line."""
