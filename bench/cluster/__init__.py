"""The cluster tier on real servers of this machine, part by part."""
