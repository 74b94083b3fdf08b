"""The whole product on one machine: servers from wheels, and the processes of production, smaller."""
