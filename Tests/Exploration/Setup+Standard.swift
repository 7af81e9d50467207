extension Setup: CustomStringConvertible {
  package var description: String { title }

  /// What a person calls the world.
  package var title: String {
    var parts = [views == 1 ? "1 view" : "\(views) views"]
    let led = (1...views).filter { leader(of: $0) == traitor }
    parts.append(led.isEmpty ? "the traitor leads none" : "the traitor leads view \(led[0])")
    if !led.isEmpty, variants == 1 { parts.append("one block a parent") }
    if restarts > 0 { parts.append(restarts == 1 ? "a crash each" : "\(restarts) crashes each") }
    if isStorageSlow { parts.append("slow disks") }
    if isClosing { parts.append("first blocks close the epoch") }
    if isPrompt { parts.append("prompt") }
    if !isCountingVotes { parts.append("whole certificates") }
    if !isMerging { parts.append("exact") }
    if let broken { parts.append("broken: \(broken.rawValue)") }
    return parts.joined(separator: ", ")
  }

  private static func world(_ views: Int, traitor: Int, _ change: (inout Setup) -> Void = { _ in }) -> Setup {
    var setup = Setup()
    (setup.views, setup.traitor) = (views, traitor)
    change(&setup)
    return setup
  }

  /// Worlds that take seconds.
  package static var short: [Setup] {
    [
      world(1, traitor: 1),
      world(1, traitor: 2),
      world(1, traitor: 1) { $0.restarts = 1 },
      world(1, traitor: 1) { ($0.restarts, $0.isStorageSlow) = (1, true) },
      world(2, traitor: 3) { $0.isPrompt = true },
      world(2, traitor: 3) { ($0.isPrompt, $0.isClosing) = (true, true) },
    ]
  }

  /// Worlds that take minutes. Three views are more than can be visited whole.
  package static var long: [Setup] {
    func prompt(_ setup: inout Setup) { (setup.isPrompt, setup.isCountingVotes) = (true, false) }
    return [
      world(2, traitor: 1),
      world(2, traitor: 2),
      world(2, traitor: 3),
      world(2, traitor: 3) { $0.isClosing = true },
      world(2, traitor: 1) { ($0.isClosing, $0.isPrompt) = (true, true) },
      world(2, traitor: 2) { ($0.isClosing, $0.isPrompt) = (true, true) },
      world(2, traitor: 1) {
        prompt(&$0); $0.restarts = 1
      },
      world(2, traitor: 3) {
        prompt(&$0); ($0.restarts, $0.isClosing) = (1, true)
      },
      world(3, traitor: 0) {
        prompt(&$0); $0.maximumSteps = 5
      },
      world(3, traitor: 1) {
        prompt(&$0); ($0.variants, $0.maximumSteps) = (1, 5)
      },
      world(3, traitor: 2) {
        prompt(&$0); ($0.variants, $0.maximumSteps) = (1, 5)
      },
    ]
  }
}
