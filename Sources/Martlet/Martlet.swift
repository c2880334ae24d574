@_exported public import PipelineModel
