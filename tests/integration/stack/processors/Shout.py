from nifiapi.flowfiletransform import FlowFileTransform, FlowFileTransformResult


class Shout(FlowFileTransform):
    class Java:
        implements = ["org.apache.nifi.python.processor.FlowFileTransform"]  # noqa: RUF012 - NiFi reads the source, and wants a list

    class ProcessorDetails:
        version = "0.1"
        description = "Turns letters into capital letters."

    def __init__(self, **_):
        super().__init__()

    def transform(self, context, flowfile):
        return FlowFileTransformResult("success", contents=flowfile.getContentsAsBytes().upper())
