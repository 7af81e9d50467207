/// The ways between members: how long a message takes, and whether it arrives.
struct Links {
  private let members: Int
  private let loss: Int
  private let duplication: Int
  private let stragglers: Int
  private let base: [Int]
  private var chance: SplitMix64
  private var isHealed = false
  /// By sender and recipient: whether nothing passes.
  private var closed: [Bool]

  init(_ scenario: Scenario, members: Int, chance: SplitMix64) {
    var chance = chance
    self.members = members
    let faults = scenario.faults
    loss = faults.contains(.loss) ? chance.within(2_000...60_000) : 0
    duplication = faults.contains(.duplicate) ? chance.within(2_000...60_000) : 0
    stragglers = faults.contains(.reorder) ? chance.within(5_000...60_000) : 0
    base = (0..<members * members).map { _ in chance.within(300...15_000) }
    closed = Array(repeating: false, count: members * members)
    self.chance = chance
  }

  /// When a message arrives: never, once, or twice.
  mutating func deliveries(from sender: Int, to recipient: Int, at now: Int64) -> [Int64] {
    let place = sender * members + recipient
    guard !closed[place] else { return [] }
    let first = now + delay(base[place])
    guard !isHealed else { return [first] }
    if chance.happens(ppm: loss) { return [] }
    if chance.happens(ppm: duplication) { return [first, now + delay(base[place] * 3)] }
    if chance.happens(ppm: stragglers) { return [first + Int64(chance.within(20_000...300_000))] }
    return [first]
  }

  private mutating func delay(_ base: Int) -> Int64 { Int64(base + chance.below(base / 2 + 500)) }

  func isOpen(_ one: Int, _ other: Int) -> Bool { !closed[one * members + other] && !closed[other * members + one] }

  /// Cuts the members into two sides; one way only, if asked, so that one side hears the other but is not heard.
  mutating func split(_ sides: [Bool], isOneWay: Bool) {
    for sender in 0..<members {
      for recipient in 0..<members where sides[sender] != sides[recipient] {
        if !isOneWay || sides[sender] { closed[sender * members + recipient] = true }
      }
    }
  }

  /// Opens everything, and answers the pairs that were apart.
  mutating func mend() -> [(Int, Int)] {
    var apart: [(Int, Int)] = []
    for one in 0..<members {
      for other in 0..<members where one < other && !isOpen(one, other) { apart.append((one, other)) }
    }
    closed = Array(repeating: false, count: closed.count)
    return apart
  }

  /// No message is lost, doubled or late any more.
  mutating func heal() { isHealed = true }
}
