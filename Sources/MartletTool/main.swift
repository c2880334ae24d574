import Foundation
import PipelineModel
import PipelineRunner
import PipelineText

let path = CommandLine.arguments[1]
let file = Pipeline.read(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path))), named: path)
if !file.rendered.isEmpty { print(file.rendered) }
guard var pipeline = file.pipeline else { exit(78) }
pipeline = try pipeline.applying(overrides: Array(CommandLine.arguments.dropFirst(2)))
let start = Date()
let run = PipelineRun(
  try pipeline.checked(), threads: 2,
  observer: RunObserver(progress: { p in
    if case .reading = p { return }
    print(String(format: "%.1f", Date().timeIntervalSince(start)), p) }))
do {
  let o = try run.run()
  print("pretrained", o.pretrained.accuracy, o.pretrained.macroF1, "quant", o.quantization?.confusion.accuracy as Any)
  if let t = o.training {
    print("arena", t.plan.arenaBytes, "bound", t.plan.lowerBoundBytes, "measured", t.measuredPeakBytes, "const", t.plan.constantBytes, "steps", t.steps, t.microsecondsPerStep)
    print("before", t.before.accuracy, "after", t.after.accuracy)
    for s in t.subjects { print(s.name, s.adaptedWindows, s.testedWindows, s.before.accuracy, s.after.accuracy, s.result.losses, s.result.saturatedErrors) }
  }
  print(o.ingest)
} catch { print(error) ; exit((error as? RunError)?.exitStatus ?? 70) }
