/// A test of the pipeline, in the pipeline's own file: what is fed, and what is expected to come of it.
///
/// Fed frames go the way that recorded ones go, through the stages as they are written. Running a pipeline leaves its
/// tests out; `martlet test` runs nothing else.
public struct Test: Sendable, Hashable {
  /// What the test shows, as a sentence; unique within a pipeline.
  public var name: String
  public var steps: [TestStep]

  public init(_ name: String, @TestBuilder _ steps: () -> [TestStep]) {
    self.name = name
    self.steps = steps()
  }

  init(name: String, steps: [TestStep]) {
    self.name = name
    self.steps = steps
  }
}

/// One line in the braces of `Test`.
public enum TestStep: Sendable, Hashable {
  case feed(Feed)
  case expect(Expect)
}

/// What may stand in the braces of `Test`.
public protocol TestStepConvertible {
  var testStep: TestStep { get }
}

@resultBuilder
public enum TestBuilder {
  public static func buildBlock(_ steps: any TestStepConvertible...) -> [TestStep] { steps.map(\.testStep) }
}

extension TestStep: NodeChoice {
  static let kinds: [NodeKind<TestStep>] = [
    NodeKind(wrap: TestStep.feed, unwrap: { if case .feed(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: TestStep.expect, unwrap: { if case .expect(let node) = $0 { node } else { nil } }),
  ]
}

extension Test: PipelineNode {
  static let schema = NodeSchema(
    "Test", blank: Test(name: "", steps: []), phase: 8, isRepeatable: true,
    example: #"Test("what it shows") { Feed(…); Expect(…) }"#,
    "What is expected to come of what is fed.",
    fields: [.required("name", \.name, labelled: false, "What the test shows.")],
    block: Block(\.steps, requires: ["Expect"]))
}

extension Test: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .test(self) }
}

extension Test {
  /// What is fed, with its place in the braces.
  public var feeds: [(index: Int, feed: Feed)] {
    steps.enumerated().compactMap { if case .feed(let feed) = $1 { ($0, feed) } else { nil } }
  }

  /// What is expected, with its place in the braces.
  public var expectations: [(index: Int, expect: Expect)] {
    steps.enumerated().compactMap { if case .expect(let expect) = $1 { ($0, expect) } else { nil } }
  }
}

extension Pipeline {
  /// The tests in the order in which they stand, with their places.
  public var tests: [(test: Test, path: PipelinePath)] {
    stages.enumerated().compactMap { index, stage in
      if case .test(let test) = stage { (test, PipelinePath().child(index)) } else { nil }
    }
  }
}
