/// Walks through every state that the three others can come to beside the traitor, in order of distance from the start.
///
/// **The world.** What was sent can arrive at any member, in any order, any number of times, or never: the network is the growing set of
/// votes that were shown, and so is loss, delay and repetition. The traitor sees everything; it has every vote of its own ready for
/// everybody, makes a certificate of any two members' votes and its own, and proposes several blocks on any parent that can be certified.
/// Timers end at any moment. A block is judged valid or invalid, by each member as it likes, since clocks differ.
///
/// **What is left out, and why nothing is lost by it.** A vote that completes no certificate changes only a count: votes arrive as those
/// that make one, all at once. A signature comes at once, since the choice is made before it is asked for. There is always work, so that
/// nobody rests. Repeated sending and requests bring nothing that could not arrive anyway. Statuses come at the start and after a crash.
///
/// **Symmetry.** Members that lead none of the views are interchangeable: they play one part, and a state does not say which is which.
///
/// **Two stages.** First every part is worked out alone with the real value (``Part``) and made as small as it gets (``Automaton``); then
/// the parts are put together, and every combination that can come about is visited once.
package struct Explorer {
  /// How far it went.
  package enum Extent: Sendable, Equatable {
    /// Everything within the bounds on views, blocks and restarts was visited.
    case complete
    /// Everything was visited that members come to in so many steps each; some could have taken more.
    case limited(steps: Int)
    /// The bound on states was reached first.
    case cut
    /// A judge spoke.
    case stopped
  }

  /// What came of it.
  package struct Outcome: Sendable {
    package var states = 0
    /// Steps that led from a state to another one, found before or not.
    package var transitions = 0
    /// The largest number of steps that the shortest way to a state takes.
    package var depth = 0
    /// By part: the states of one member, and as many as can be told apart from outside.
    package var memberStates: [Int] = []
    package var memberClasses: [Int] = []
    /// How many steps the real value took.
    package var workedSteps = 0
    package var extent = Extent.cut
    /// What states look like from outside, if that was asked for: votes shown, blocks final and view of all members, as one number each.
    package var looks: Set<UInt64> = []
    package var complaint: Complaint?
    /// The way to the complaint, in words.
    package var story: [String] = []
  }

  /// Bits for one member's state: three of them make a word.
  private static let width: UInt64 = 21

  private let universe: Universe
  private let judges: Judges
  /// The three members, and the part that each plays.
  private let members: [Int]
  private let slotParts: [Int]
  private let parts: [Part]
  private var automata: [Automaton] = []
  private var table = StateTable()
  private var outcome = Outcome()
  /// Where the complaint was found, if that is not the newest state.
  private var complaintPlace: Int?

  private init(_ setup: Setup) throws {
    universe = try Universe(setup)
    judges = Judges(universe)
    var (parts, slots): ([Part], [Int]) = ([], [])
    var idle: Int?
    for member in setup.others {
      let isIdle = !setup.leads(member) && !setup.traitors.contains(member)
      if isIdle, let idle {
        slots.append(idle)
        continue
      }
      if isIdle { idle = parts.count }
      slots.append(parts.count)
      parts.append(Part(universe, member: member))
    }
    (self.parts, slotParts, members) = (parts, slots, setup.others)
  }

  /// Visits everything within the bounds, or stops at the first complaint.
  package static func explore(_ setup: Setup, progress: (String) -> Void = { _ in }) throws -> Outcome {
    var explorer = try Explorer(setup)
    if explorer.workOut(progress) { explorer.run(progress) }
    explorer.conclude()
    return explorer.outcome
  }

  private mutating func workOut(_ progress: (String) -> Void) -> Bool {
    for part in parts {
      guard part.workOut() else { return false }
      progress("member \(part.member): \(part.situations.count) states")
      automata.append(Automaton(part))
    }
    return automata.allSatisfy { $0.shown.count < 1 << Self.width }
  }

  private mutating func run(_ progress: (String) -> Void) {
    let start = members.indices.map { automata[slotParts[$0]].start }
    _ = table.insert(pack((start[0], start[1], start[2])), from: 0)
    judge((start[0], start[1], start[2]))
    var (next, layerEnd) = (0, 1)
    while next < table.count, outcome.complaint == nil, table.count <= universe.setup.maximumStates {
      if next == layerEnd { (outcome.depth, layerEnd) = (outcome.depth + 1, table.count) }
      expand(next)
      next += 1
      if next.isMultiple(of: 1 << 20) { progress("\(table.count) states found, \(next) visited") }
    }
    if outcome.complaint != nil {
      outcome.extent = .stopped
    } else if next == table.count {
      let isWhole = parts.allSatisfy { $0.unworked == 0 }
      outcome.extent = isWhole ? .complete : .limited(steps: universe.setup.maximumSteps)
    }
  }

  private mutating func conclude() {
    outcome.states = table.count
    outcome.memberStates = parts.map(\.situations.count)
    outcome.memberClasses = automata.map(\.shown.count)
    outcome.workedSteps = parts.reduce(0) { $0 + $1.worked }
    if universe.setup.isKeepingLooks { outcome.looks = Set(table.states.map { look(unpack($0)) }) }
    if outcome.complaint != nil { outcome.story = story(to: complaintPlace ?? table.count - 1) }
  }
}

// MARK: States

extension Explorer {
  /// The three members' states.
  private typealias State = (Int32, Int32, Int32)

  private func look(_ state: State) -> UInt64 {
    var looks: [[UInt64]] = [[], [], []]
    for slot in 0..<3 {
      let (automaton, own) = (automata[slotParts[slot]], Int(Self.element(slot, of: state)))
      let words = [automaton.shown[own], automaton.finals[own], UInt64(automaton.views[own])]
      looks[slotParts[slot]].append(words.reduce(0) { StateTable.spread($0 ^ $1) })
    }
    return looks.flatMap { $0.sorted() }.reduce(0) { StateTable.spread($0 &+ $1) }
  }

  /// A state as one word, with members of the same part in ascending order.
  private func pack(_ state: State) -> UInt64 {
    var (first, second, third) = state
    if slotParts[0] == slotParts[1], first > second { swap(&first, &second) }
    if slotParts[1] == slotParts[2], second > third { swap(&second, &third) }
    if slotParts[0] == slotParts[2], first > third { swap(&first, &third) }
    if slotParts[0] == slotParts[1], first > second { swap(&first, &second) }
    return UInt64(first) << (2 * Self.width) | UInt64(second) << Self.width | UInt64(third)
  }

  private func unpack(_ word: UInt64) -> State {
    let mask: UInt64 = 1 << Self.width - 1
    return (Int32(word >> (2 * Self.width) & mask), Int32(word >> Self.width & mask), Int32(word & mask))
  }

  private static func element(_ slot: Int, of state: State) -> Int32 {
    slot == 0 ? state.0 : slot == 1 ? state.1 : state.2
  }

  private static func replacing(_ slot: Int, of state: State, by next: Int32) -> State {
    slot == 0 ? (next, state.1, state.2) : slot == 1 ? (state.0, next, state.2) : (state.0, state.1, next)
  }

  private func shown(_ slot: Int, _ state: State) -> UInt64 {
    automata[slotParts[slot]].shown[Int(Self.element(slot, of: state))]
  }

  /// What the world has, and of what a certificate can be made: two of the three have shown it, the traitor's vote makes a quorum.
  /// One is enough where the quorum is one too small.
  private func world(_ state: State) -> (shown: UInt64, certifiable: UInt64) {
    let (first, second, third) = (shown(0, state), shown(1, state), shown(2, state))
    // A second traitor shows everything there is to vote for; that brings no honest leader's block about.
    let all = (0..<3).reduce(0) { universe.setup.traitors.contains(members[$1]) ? $0 : $0 | shown($1, state) }
    if universe.setup.broken == .smallQuorum { return (all, all) }
    return (all, first & second | first & third | second & third)
  }

  // MARK: Steps

  private mutating func expand(_ place: Int) {
    let state = unpack(table.states[place])
    let (shown, certifiable) = world(state)
    var isAtRest = true
    for slot in 0..<3 {
      let own = Self.element(slot, of: state)
      let part = slotParts[slot]
      for at in automata[part].links[Int(own)].indices {
        let link = automata[part].links[Int(own)][at]
        guard link.certifiable & ~certifiable == 0, link.shown & ~shown == 0 else { continue }
        isAtRest = false
        outcome.transitions += 1
        let next = Self.replacing(slot, of: state, by: link.target)
        if table.insert(pack(next), from: place) {
          judge(next)
          if outcome.complaint != nil { return }
        }
      }
    }
    if isAtRest { judgeRest(state, place) }
  }

  // MARK: Judging

  private mutating func judge(_ state: State) {
    var (finals, all, highest): (UInt64, UInt64, Int) = (0, 0, 0)
    for slot in 0..<3 where !universe.setup.traitors.contains(members[slot]) {
      let (automaton, own) = (slotParts[slot], Self.element(slot, of: state))
      let shown = automata[automaton].shown[Int(own)]
      if let complaint = automata[automaton].complaints[own] ?? judges.complaint(shown: shown) {
        outcome.complaint = complaint
        return
      }
      finals |= automata[automaton].finals[Int(own)]
      all |= shown
      highest = max(highest, automata[automaton].views[Int(own)])
    }
    let certifiable = world(state).certifiable
    outcome.complaint = judges.complaint(finals: finals, shown: all, certifiable: certifiable, highestView: highest)
  }

  /// Where nothing more can happen everybody has arrived behind the last view, unless the bound on steps made somebody stand still.
  private mutating func judgeRest(_ state: State, _ place: Int) {
    let setup = universe.setup
    guard setup.judges.contains(.rest), setup.broken == nil, setup.maximumSteps == .max else { return }
    for slot in 0..<3 {
      let view = automata[slotParts[slot]].views[Int(Self.element(slot, of: state))]
      guard view <= universe.setup.views else { continue }
      outcome.complaint = Complaint(
        judge: .rest, reason: "nothing more can happen, and member \(members[slot]) is in view \(view)")
      complaintPlace = place
    }
  }

  // MARK: The way there

  /// The steps from the start to a state. Members that play one part keep their names on the way.
  private func story(to last: Int) -> [String] {
    var places = [last]
    while let place = places.last, place != 0 { places.append(Int(table.origins[place])) }
    var story: [String] = []
    var state = members.indices.map { automata[slotParts[$0]].start }
    for place in places.reversed().dropFirst() {
      guard let (line, next) = step(from: (state[0], state[1], state[2]), to: table.states[place]) else { break }
      story.append(line)
      state = [next.0, next.1, next.2]
    }
    return story
  }

  private func step(from state: State, to word: UInt64) -> (String, State)? {
    let (shown, certifiable) = world(state)
    for slot in 0..<3 {
      let automaton = automata[slotParts[slot]]
      for link in automaton.links[Int(Self.element(slot, of: state))] {
        guard link.certifiable & ~certifiable == 0, link.shown & ~shown == 0 else { continue }
        let next = Self.replacing(slot, of: state, by: link.target)
        guard pack(next) == word else { continue }
        let votes = Bits(self.shown(slot, next) & ~self.shown(slot, state)).map { universe.name($0) }
        let said = votes.isEmpty ? "" : "; it shows " + votes.joined(separator: ", ")
        let step = parts[slotParts[slot]].numbers.step(Int(link.step))
        return ("member \(members[slot]): \(universe.describe(step))\(said)", next)
      }
    }
    return nil
  }
}
