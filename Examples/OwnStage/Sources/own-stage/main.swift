import Foundation
import Martlet
import MotionStages

// own-stage [FOLDER-OF-RECORDINGS [RUN-DIRECTORY]]
let arguments = CommandLine.arguments.dropFirst()
let folder = arguments.first ?? "../../SampleData/wrist"
let directory = arguments.dropFirst().first ?? "runs/own-stage"

do {
  let pipeline = tiltPipeline(folder)
  let run = try pipeline.run(writingTo: directory)
  print(run.summary)

  let model = try TrainedModel(run: directory, of: pipeline)
  let predictions = try model.predictions(for: "\(folder)/s08.mcap")
  let right = predictions.count { $0.label == $0.className }
  print("s08.mcap: \(right) of \(predictions.count { $0.label != nil }) labelled windows predicted right")
} catch {
  FileHandle.standardError.write(Data("own-stage: \(error)\n".utf8))
  exit((error as? RunError)?.exitStatus ?? 1)
}
