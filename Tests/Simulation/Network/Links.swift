/// The ways between machines: how long a message takes, and whether it arrives.
struct Links {
  private let machines: Int
  private let loss: Int
  private let duplication: Int
  private let stragglers: Int
  private let jitter: [Int]
  private let base: [Int]
  private var chance: SplitMix64
  private var isHealed = false
  /// By sender and recipient: whether nothing passes.
  private var closed: [Bool]
  /// By sender and recipient: whether nothing ever passes, faults or not.
  private var severed: [Bool]

  /// What became of a message.
  struct Fate {
    var arrivals: [Int64] = []
    var isLate = false
  }

  init(_ setting: Setting, machines: Int, chance: SplitMix64) {
    var chance = chance
    self.machines = machines
    let faults = setting.faults
    loss = faults.contains(.loss) ? chance.within(2_000...60_000) : 0
    duplication = faults.contains(.duplicate) ? chance.within(2_000...60_000) : 0
    stragglers = faults.contains(.reorder) ? chance.within(5_000...60_000) : 0
    let count = machines * machines
    base = setting.isWide ? Self.wide(machines, &chance) : (0..<count).map { _ in chance.within(300...15_000) }
    jitter = base.map { setting.isWide ? $0 / 20 + 500 : $0 / 2 + 500 }
    closed = Array(repeating: false, count: machines * machines)
    severed = closed
    self.chance = chance
  }

  /// Each machine in a capital of its own.
  private static func wide(_ machines: Int, _ chance: inout SplitMix64) -> [Int] {
    var capitals = Array(Capitals.names.indices)
    for place in capitals.indices.reversed() { capitals.swapAt(place, chance.below(place + 1)) }
    return (0..<machines * machines).map { pair in
      let (sender, recipient) = (capitals[pair / machines % capitals.count], capitals[pair % machines % capitals.count])
      return Int(Capitals.delay(from: sender, to: recipient))
    }
  }

  /// When a message arrives: never, once, or twice.
  mutating func deliveries(from sender: Int, to recipient: Int, at now: Int64) -> Fate {
    let place = sender * machines + recipient
    guard !closed[place], !severed[place] else { return Fate() }
    let first = now + delay(place)
    guard !isHealed, now >= FaultPlan.calm else { return Fate(arrivals: [first]) }
    if chance.happens(ppm: loss) { return Fate() }
    if chance.happens(ppm: duplication) { return Fate(arrivals: [first, now + 2 * Int64(base[place]) + delay(place)]) }
    if chance.happens(ppm: stragglers) {
      return Fate(arrivals: [first + Int64(chance.within(20_000...300_000))], isLate: true)
    }
    return Fate(arrivals: [first])
  }

  private mutating func delay(_ place: Int) -> Int64 { Int64(base[place] + chance.below(jitter[place])) }

  func isOpen(_ one: Int, _ other: Int) -> Bool {
    let (there, back) = (one * machines + other, other * machines + one)
    return !closed[there] && !closed[back] && !severed[there] && !severed[back]
  }

  /// Cuts the machines into two sides; one way only, if asked, so that one side hears the other but is not heard.
  mutating func split(_ sides: [Bool], isOneWay: Bool) {
    for sender in 0..<machines {
      for recipient in 0..<machines where sides[sender] != sides[recipient] {
        if !isOneWay || sides[sender] { closed[sender * machines + recipient] = true }
      }
    }
  }

  /// Cuts two machines off from each other for good.
  mutating func sever(_ one: Int, _ other: Int) {
    severed[one * machines + other] = true
    severed[other * machines + one] = true
  }

  /// Opens everything, and answers the pairs that were apart.
  mutating func mend() -> [(Int, Int)] {
    var apart: [(Int, Int)] = []
    for one in 0..<machines {
      for other in 0..<machines where one < other && !isOpen(one, other) { apart.append((one, other)) }
    }
    closed = Array(repeating: false, count: closed.count)
    return apart.filter { isOpen($0.0, $0.1) }
  }

  /// No message is lost, doubled or late any more.
  mutating func heal() { isHealed = true }
}
