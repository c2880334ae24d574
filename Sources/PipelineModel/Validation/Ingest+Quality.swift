extension Ingest {
  /// Reports stages that look after the data's quality and do not fit the stages around them.
  func checkQuality(in validation: inout Validation, at path: PipelinePath) {
    for (index, step) in steps.enumerated() {
      let place = path.child(index)
      switch step {
      case .duplicates(let step) where step.policy == .error && step.withinSeconds > 0:
        validation.report(
          .invalidValue(subject: "Duplicates(within:)", reason: .quality(.burstsAreNoError)),
          at: place.parameter("within"))
      case .resample(let step) where !step.isWholeMillihertz:
        validation.report(
          .invalidValue(subject: "Resample(hertz:)", reason: .quality(.notMillihertz(step.hertz))),
          at: place.parameter("hertz"))
      case .optionalChannels(let step):
        checkOptional(step, at: place, in: &validation)
      case .convert(let step):
        check(step.channels, "Convert(_:)", among: channelNames(before: 0), at: place, in: &validation)
      case .saturation(let step):
        check(step.channels, "Saturation(channels:)", among: channelNames(before: 0), at: place, in: &validation)
      case .stuck(let step):
        check(step.channels, "Stuck(channels:)", among: channelNames(before: 0), at: place, in: &validation)
      case .median(let step):
        check(step.channels, "Median(channels:)", among: channelNames(before: index), at: place, in: &validation)
      case .filter(let step):
        check(step.channels, "Filter(channels:)", among: channelNames(before: index), at: place, in: &validation)
        checkEdge(step.band.highestHertz, "Filter(_:)", "band", before: index, at: path, in: &validation)
      case .gravity(let step):
        checkGravity(step, at: path, index, in: &validation)
      case .select(let step):
        check(step.channels, "Select(_:)", among: channelNames(before: index), at: place, in: &validation)
      case .window(let step):
        checkLabelRule(of: step, at: place, in: &validation)
      default:
        break
      }
    }
  }

  /// Reports channels that are none at a step.
  private func check(
    _ channels: [String]?, _ subject: String, _ parameter: String = "channels", among known: [String]?,
    at place: PipelinePath, in validation: inout Validation
  ) {
    guard let channels, let known else { return }
    let names = Set(known)
    for (index, channel) in channels.enumerated() where !names.contains(channel) && !channel.isEmpty {
      validation.report(
        .invalidValue(
          subject: subject,
          reason: .quality(
            .unknownChannel(channel, nearest: nearestName(to: channel, in: known), known: known))),
        at: place.parameter(parameter).element(index))
    }
  }

  private func checkOptional(_ step: OptionalChannels, at place: PipelinePath, in validation: inout Validation) {
    guard let known = channelNames(before: 0) else {
      validation.report(
        .invalidValue(subject: "OptionalChannels(_:)", reason: .quality(.channelsUnnamed)),
        at: place.parameter("names"))
      return
    }
    check(step.names, "OptionalChannels(_:)", "names", among: known, at: place, in: &validation)
  }

  private func checkGravity(
    _ step: Gravity, at path: PipelinePath, _ index: Int, in validation: inout Validation
  ) {
    let place = path.child(index)
    let known = channelNames(before: index)
    check(step.channels, "Gravity(of:)", "of", among: known, at: place, in: &validation)
    checkEdge(step.hertz, "Gravity(below:)", "below", before: index, at: path, in: &validation)
    if let taken = known.flatMap({ names in step.addedChannels.first { names.contains($0) } }) {
      validation.report(
        .invalidValue(subject: "Gravity(of:)", reason: .quality(.channelNameTaken(taken))), at: place.parameter("of"))
    }
  }

  /// Where a rate is known, a filter's edge lies below half of it.
  private func checkEdge(
    _ hertz: Double, _ subject: String, _ parameter: String, before index: Int, at path: PipelinePath,
    in validation: inout Validation
  ) {
    let before = steps.prefix(index).lastIndex { if case .resample = $0 { true } else { false } }
    guard let before, case .resample(let resample) = steps[before], resample.hertz > 0, resample.hertz.isFinite,
      hertz >= resample.hertz / 2, validation.isSound(path.child(before))
    else { return }
    validation.report(
      .invalidValue(
        subject: subject, reason: .quality(.aboveHalfRate(hertz: hertz, rate: resample.hertz))),
      at: path.child(index).parameter(parameter), related: path.child(before).parameter("hertz"))
  }

  private func checkLabelRule(of window: Window, at place: PipelinePath, in validation: inout Validation) {
    func report(_ label: String, _ mistake: QualityMistake) {
      validation.report(
        .invalidValue(subject: "Window(\(label):)", reason: .quality(mistake)), at: place.parameter(label))
    }
    if window.across == .nothing {
      if window.label != nil { report("label", .windowHasOneLabel) }
      if window.agreement > 0 { report("agreement", .windowHasOneLabel) }
    }
    guard let wanted = window.label?.wanted, let labels else { return }
    guard let names = labels.classNames else { return report("label", .labelsUnnamed) }
    if !names.contains(wanted) {
      report("label", .unknownLabel(wanted, nearest: nearestName(to: wanted, in: names)))
    }
  }
}
