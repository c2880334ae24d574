// What `import Martlet` gives: stages and pipelines, running them, their results.
@_exported public import PipelineModel
@_exported public import PipelineRunner
