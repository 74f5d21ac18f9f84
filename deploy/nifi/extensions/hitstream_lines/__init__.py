"""NiFi's side of hitstream: publishes log files. Stands alone, as NiFi runs it in an environment of its own."""
