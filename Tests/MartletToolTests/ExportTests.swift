import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct ExportTests {
  private func withRun(_ body: (Tool) throws -> Void) throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      #expect(try tool.run("run", "tiny.swift", "-q", "--no-cache", "-o", "run").status == 0)
      try body(tool)
    }
  }

  @Test func everyFormatIsWrittenAndRepeats() throws {
    try withRun { tool in
      for (format, name) in [
        ("onnx-float", "a.onnx"), ("onnx-int8", "b.onnx"), ("safetensors", "c.safetensors"),
        ("windows", "d.safetensors"),
      ] {
        let first = try tool.run("export", "run", "--format", format, "-o", name)
        #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
        #expect(first.output.hasPrefix("\(name): "), "\(first.output)")
        let bytes = try Data(contentsOf: tool.workspace[name])
        #expect(try tool.run("export", "run", "--format", format, "-o", name).status == 73)
        #expect(try tool.run("export", "run", "--format", format, "-o", name, "--force").status == 0)
        #expect(try Data(contentsOf: tool.workspace[name]) == bytes)
      }
      #expect(
        try Data(contentsOf: tool.workspace["c.safetensors"])
          == Data(contentsOf: tool.workspace["run/network.safetensors"]))
      // The one subject that the run adapted to is meant unless another is named.
      let adapted = try tool.run("export", "run", "--format", "onnx-int8", "--subject", "s3", "-o", "e.onnx")
      #expect(adapted.output.contains("adapted to s3"))
      let plain = try tool.run("export", "run", "--format", "onnx-int8", "--subject", "none", "-o", "f.onnx")
      #expect(plain.output.contains("as quantised"))
      let files = try ["b.onnx", "e.onnx", "f.onnx"].map { try Data(contentsOf: tool.workspace[$0]) }
      #expect(files[0] == files[1] && files[1] != files[2])
      let raw = try tool.run("export", "run", "--format", "onnx-float", "--raw-input", "-o", "g.onnx")
      #expect(raw.output.contains("'window' [windows,"), "\(raw.output)")
    }
  }

  @Test func whatCannotBeExportedIsSaid() throws {
    try withRun { tool in
      for (arguments, status, text) in [
        (["--format", "onnx-float", "--subject", "s3", "-o", "x"], 64, "--subject is about --format onnx-int8"),
        (["--format", "windows", "--raw-input", "-o", "x"], 64, "--raw-input is about"),
        (["--format", "tflite", "-o", "x"], 64, "tflite"),
        (["--format", "onnx-int8", "--subject", "s9", "-o", "x"], 65, "it has those of s3"),
        (["--format", "onnx-float", "-o", "nowhere/x"], 73, "nowhere"),
      ] {
        let result = try tool.run(["export", "run"] + arguments)
        #expect(result.status == status && result.errors.contains(text), "\(result.status) \(result.errors)")
      }
      let missing = try tool.run("export", "elsewhere", "--format", "onnx-float", "-o", "x")
      #expect(missing.status == 66 && missing.errors.contains("elsewhere"), "\(missing.errors)")
      try FileManager.default.removeItem(at: tool.workspace["run/int8.safetensors"])
      let float = try tool.run("export", "run", "--format", "onnx-int8", "-o", "x")
      #expect(float.status == 66 && float.errors.contains("int8.safetensors"), "\(float.errors)")
      try tool.workspace.write("no header", to: "run/network.safetensors")
      let broken = try tool.run("export", "run", "--format", "onnx-float", "-o", "x")
      #expect(broken.status == 65 && broken.errors.contains("no safetensors file"), "\(broken.errors)")
      #expect(!tool.workspace.contents.contains("x"))
    }
  }

  @Test func weightsComeBackAndWhatDoesNotFitIsShownInTheFile() throws {
    try withRun { tool in
      let source = Samples.pipeline.replacing(
        "Pretrain(epochs: 1, optimizer: .adam(0.002))", with: "Pretrain(from: \"run/network.safetensors\")")
      try tool.workspace.write(source, to: "again.swift")
      #expect(try tool.run("check", "again.swift").status == 0)
      #expect(try tool.run("explain", "again.swift").output.contains("weights from run/network.safetensors"))
      #expect(try tool.run("run", "again.swift", "-q", "-o", "again").status == 0)
      #expect(
        try Data(contentsOf: tool.workspace["again/int8.safetensors"])
          == Data(contentsOf: tool.workspace["run/int8.safetensors"]))
      let status = try tool.run("status", "again.swift").output
      #expect(status.contains("pretrain  cached"), "\(status)")
      try tool.workspace.write(source.replacing("Conv1D(8", with: "Conv1D(9"), to: "other.swift")
      for command in ["check", "run"] {
        let result = try tool.run(command, "other.swift")
        #expect(result.status == 78)
        #expect(
          result.errors.contains(
            "other.swift:16:20: error: 'Pretrain(from:)' names a file that does not fit: run/network.safetensors: layer "
              + "'conv1' Conv1d [9, 6, 5] does not fit module 'conv1' [8, 6, 5]"), "\(result.errors)")
      }
    }
  }
}
