"""What the journeys share: the gateway as a process, scripted upstreams, raw HTTP clients."""
