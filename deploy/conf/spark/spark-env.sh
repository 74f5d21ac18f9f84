# Read by whatever starts a driver with SPARK_CONF_DIR pointing here. Drivers listen where the servers do, unless told.
JAVA_HOME=${java}
SPARK_LOCAL_IP=$${SPARK_LOCAL_IP:-${host}}
