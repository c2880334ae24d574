import Martlet

/// A residual network over vibration at 48 kHz adapts to bearing faults of a size that it never met.
///
/// The first half of each recording teaches, the second half tests.
let bearings = Pipeline("bearings", seed: 1) {
    Ingest("$MARTLET_DATA/CWRU/48k_DE") {
        Read(.csv, "*.csv.zst", channels: ["de"])
        Subjects(from: .firstNumber)
        Labels(column: "label", names: ["normal", "inner_race", "ball", "outer_race"])
        Window(samples: 1024, every: 512)
        Normalize(.perChannel)
        Split(by: .subject, holdOut: ["014"])
    }
    Model {
        Conv1D(24, kernel: 15, stride: 4)
        InvertedResidual(24, expand: 2, kernel: 9)
        InvertedResidual(32, expand: 3, kernel: 9, stride: 4)
        InvertedResidual(32, expand: 3, kernel: 5)
        InvertedResidual(48, expand: 3, kernel: 5, stride: 2)
        Pointwise(96)
        GlobalAveragePool()
        Dense(.classes)
    }
    Pretrain(epochs: 10, batch: 64, optimizer: .adam(0.002), schedule: .cosine)
    Quantize(calibration: 256)
    Update(.full)
    Train(
        on: .heldOut, adaptFraction: 0.5, epochs: 5, optimizer: .sgd(0.001), schedule: .linear, scaling: .qas,
        arena: .kibibytes(144))
    Evaluate { Accuracy(); MacroF1(); ConfusionMatrix(); PerSubject(); Memory(); Latency() }
    Report("report.html")

    Test("a second of 48 kHz gives windows that overlap by half") {
        Feed(.noise(amplitude: 0.5, seed: 3), seconds: 1, hertz: 48_000, channels: ["de"], label: "ball", subject: "014")
        Expect(windows: 92, hertz: 48_000, found: [.leftoverFrames(.between(1, 1023))])
        Expect(minimum: .atLeast(-0.5), maximum: .atMost(0.5))
    }
    Test("two rates in one run are refused") {
        Feed(.constant(1), seconds: 1, hertz: 48_000, channels: ["de"], label: "ball")
        Feed(.constant(1), seconds: 1, hertz: 12_000, channels: ["de"], label: "ball")
        Expect(error: "Resample")
    }
}
