import PipelineModel
import SensorLogs

/// The channels of a recording that is played, and what a pipeline's steps make of them.
struct ReplayChannels {
  /// Those that the pipeline reads.
  let names: [String]
  let conversion: UnitConversion
  /// Those that windows have, with their units.
  let finalNames: [String]
  let finalUnits: [String?]

  init(_ schema: LogSchema, of path: String, ingest: CheckedIngest) throws(RunError) {
    let found = schema.channels.map(\.name)
    names = ingest.read(for: path).channels ?? found
    let optional = ingest.written.optionalChannels
    guard names.filter({ found.contains($0) || optional[$0] == nil }) == found else {
      throw .channelsDiffer(path: path, expected: names, found: found)
    }
    conversion = try UnitConversion(names: names, recording: schema.channels, ingest: ingest.written, path: path)
    let plan = try ConditioningPlan(ingest.written, names: names)
    finalNames = plan.finalNames
    finalUnits = plan.units(of: conversion.units)
  }
}
