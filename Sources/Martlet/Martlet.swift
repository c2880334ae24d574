@_exported public import PipelineModel
@_exported public import PipelineRunner
