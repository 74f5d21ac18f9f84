"""Brings lines into the cluster tier: its topics, what sends records to them, and NiFi's flow."""
