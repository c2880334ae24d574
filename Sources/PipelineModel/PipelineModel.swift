// PipelineModel
