"""NiFi's flow: watches a directory and publishes its logs. The processor itself is in `deploy/nifi/extensions`."""
