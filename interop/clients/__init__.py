"""One file for each client; its function run(session) drives the client."""
