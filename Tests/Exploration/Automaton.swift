import Consensus

/// A part with every two states made one that nobody outside can ever tell apart: they show the same votes, hold the same blocks final, are in
/// the same view, and every step leads them to states of which the same is true.
///
/// The coarsest such division, by refinement: exact, nothing is lost by it.
struct Automaton {
  /// A step that leads elsewhere, and what of the world it needs: certificates that can be made, votes that anybody has shown.
  struct Link: Hashable {
    let certifiable: UInt64
    let shown: UInt64
    let step: Int32
    let target: Int32
  }

  private(set) var shown: [UInt64] = []
  private(set) var finals: [UInt64] = []
  private(set) var views: [Int] = []
  private(set) var links: [[Link]] = []
  private(set) var complaints: [Int32: Complaint] = [:]
  private(set) var start: Int32 = 0

  private struct Look: Hashable {
    let shown: UInt64
    let finals: UInt64
    let view: Int
    let isPuppet: Bool
    let complaint: Complaint?
  }

  private struct Signature: Hashable {
    let own: Int32
    let links: [Part.Link]
  }

  init(_ part: Part) {
    let classes = Self.refine(part)
    let count = Int(classes.max() ?? -1) + 1
    start = classes[0]
    var isDone = [Bool](repeating: false, count: count)
    (shown, finals) = ([UInt64](repeating: 0, count: count), [UInt64](repeating: 0, count: count))
    (views, links) = ([Int](repeating: 0, count: count), [[Link]](repeating: [], count: count))
    for (state, situation) in part.situations.enumerated() where !isDone[Int(classes[state])] {
      let place = Int(classes[state])
      isDone[place] = true
      shown[place] = situation.shown
      finals[place] = situation.finals
      views[place] = Int(situation.consensus.view.number)
      complaints[classes[state]] = part.complaints[Int32(state)]
      links[place] = Self.links(of: state, in: part, classes)
    }
  }

  private static func refine(_ part: Part) -> [Int32] {
    var (classes, count) = number(
      part.situations.enumerated().map { state, situation in
        Look(
          shown: situation.shown, finals: situation.finals, view: Int(situation.consensus.view.number),
          isPuppet: situation.isPuppet, complaint: part.complaints[Int32(state)])
      })
    while true {
      let signatures = part.links.indices.map { state in
        Signature(
          own: classes[state],
          links: part.links[state].compactMap { link in
            let target = classes[Int(link.target)]
            return target == classes[state] ? nil : Part.Link(step: link.step, target: target)
          })
      }
      let (finer, finerCount) = number(signatures)
      if finerCount == count { return classes }
      (classes, count) = (finer, finerCount)
    }
  }

  private static func number<Key: Hashable>(_ keys: [Key]) -> ([Int32], Int) {
    var numbers: [Key: Int32] = [:]
    let classes = keys.map { key in
      if let number = numbers[key] { return number }
      let number = Int32(numbers.count)
      numbers[key] = number
      return number
    }
    return (classes, numbers.count)
  }

  private static func links(of state: Int, in part: Part, _ classes: [Int32]) -> [Link] {
    var links: [Link] = []
    for link in part.links[state] where classes[Int(link.target)] != classes[state] {
      let (certifiable, shown) = needs(part.numbers.step(link.step), part.universe)
      let target = classes[Int(link.target)]
      guard !links.contains(where: { $0.certifiable == certifiable && $0.shown == shown && $0.target == target }) else {
        continue
      }
      links.append(Link(certifiable: certifiable, shown: shown, step: Int32(link.step), target: target))
    }
    return links
  }

  /// An honest leader's block is known with its `notarize`; the traitor makes its own on any parent that can be certified.
  private static func needs(_ step: Step, _ universe: Universe) -> (certifiable: UInt64, shown: UInt64) {
    switch step {
    case .timeOut, .built, .judged, .stored, .restart, .echo: return (0, 0)
    case .certificate(let statement), .votes(let statement): return (1 << UInt64(statement), 0)
    case .proposal(let number), .block(let number):
      let block = universe.blocks[number]
      if block.leader != universe.setup.traitor { return (0, 1 << UInt64(universe.notarize(number))) }
      return (block.parent == 0 ? 0 : 1 << UInt64(universe.notarize(block.parent)), 0)
    }
  }
}
