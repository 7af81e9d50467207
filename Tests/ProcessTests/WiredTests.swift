import API
import Client
import Foundation
import Glibc
import Harness
import Ledger
import Membership
import Testing
import Testnet

extension ProcessTests {
  /// Seven real nodes on wires that delay, lose and are cut, one of them on the build that lies. Every node's database is read afterwards.
  @Suite("wires")
  struct Wired {
    @Test(
      "seven members: delays of 50 to 250 ms, 1 % loss, partitions, kill -9, SIGSTOP, a full disk, and one that lies")
    func hostileWires() async throws {
      try await HostileRun.with(seed: 7) { run in
        try await run.begin()
        try await Task.sleep(for: .seconds(4))
        try await run.partition(.seconds(3))
        try await Task.sleep(for: .seconds(4))
        try await run.oneWay(4, .seconds(4))
        try await run.death(of: 0, pausing: 1, .seconds(3))
        try await run.fullDisk()
        try await Task.sleep(for: .seconds(4))
        try await run.endAndJudge(leastAcknowledged: 20)
      }
    }
  }
}

/// Runs that take as long as they are given. No suite above it bounds their time, and nothing else runs beside them.
@Suite("long runs", .serialized, .enabled(if: LongRun.minutes > 0))
struct LongNetworkTests {
  @Test(
    "seven members on hostile wires for long, at moments that a seed decides", .timeLimit(.minutes(120)))
  func longHostileWires() async throws {
    try await HostileRun.with(seed: LongRun.seed) { run in
      var moments = SeededMoments(seed: LongRun.seed)
      try await run.begin()
      let limit = ContinuousClock.now + .seconds(60 * LongRun.minutes)
      while ContinuousClock.now < limit {
        let honest = [0, 1, 2, 4, 5, 6]
        let (one, other) = (honest[Int(moments.next() % 6)], Int(moments.next() % 5) + 1)
        let second = honest[(honest.firstIndex(of: one).map { $0 + other } ?? 0) % 6]
        switch moments.next() % 5 {
        case 0: try await run.partition(moments.milliseconds(1_000...12_000))
        case 1: try await run.oneWay(one, moments.milliseconds(1_000...12_000))
        case 2: try await run.fullDisk(mayGoOn: true)
        default: try await run.death(of: one, pausing: second, moments.milliseconds(200...8_000))
        }
        try await Task.sleep(for: moments.milliseconds(500...8_000))
      }
      try await run.endAndJudge(leastAcknowledged: 100)
    }
  }
}

/// `PROCESS_MINUTES` is how many minutes the long run takes; `PROCESS_SEED` decides its moments.
enum LongRun {
  static let minutes = ProcessInfo.processInfo.environment["PROCESS_MINUTES"].flatMap { Int($0) } ?? 0
  static let seed = ProcessInfo.processInfo.environment["PROCESS_SEED"].flatMap { UInt64($0) } ?? 20_261_121
}

/// A run of seven members, of which the fourth lies, and what is done to the others. Number 2 has a small disk where that is possible.
struct HostileRun {
  private static let members = ["AUS", "CAN", "EUN", "GBR", "JPN", "KOR", "USA"].compactMap { MemberID($0) }
  private static let liar = 3
  private static let smallDisk = 2
  /// What a packet takes in one direction.
  private static let delay: ClosedRange<Int64> = 50...250

  let wired: WiredNetwork
  let disk: SmallDisk?
  let load: LoadHolder

  /// Everything that was started is ended, and the wires are taken away, whatever happens in `body`.
  static func with(seed: UInt64, _ body: (HostileRun) async throws -> Void) async throws {
    let directory = RealNetwork.temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var content = ContentFile.minimal(members: members)
    // Time-outs of three times this: a proposal and its votes take up to 750 ms here.
    content.parameters = ["delta": 300, "clockBound": 2_000, "minimumWindow": 9_400]
    for kind in ["first", "routine"] {
      for window in ["Notice", "Evidence", "Commit", "Reveal", "Ballot", "Vacatio"] {
        content.parameters?[kind + window] = 9_400
      }
    }
    let draft = NetworkDraft(
      members: members, content: content, contentPath: "the test's content", pace: .demo,
      desk: DeskSetup(policy: .auto, conciliation: .hold, evidence: []))
    let wired = try WiredNetwork(draft, at: directory + "/net", seed: seed)
    defer { wired.close() }
    let disk = try wired.obstacle == nil ? SmallDisk(at: wired.data(of: smallDisk), megabytes: 96) : nil
    defer { disk?.close() }
    let run = HostileRun(wired: wired, disk: disk, load: LoadHolder())
    do { try await body(run) } catch {
      await run.stopEverything()
      for place in wired.places { Issue.record("\(place.member):\n\(LogTail.read(wired.network.log(place)))") }
      throw error
    }
    await run.stopEverything()
  }

  private func stopEverything() async {
    _ = await load.end()
    for member in wired.places.indices { wired.signal(member, SIGKILL) }
    for place in wired.places { _ = await wired.network.process(place)?.ended(within: 5) }
  }

  private var honest: [Int] { wired.places.indices.filter { $0 != Self.liar } }

  private func start(_ member: Int) throws {
    guard member == Self.liar else { return try wired.start(member, program: RealNetwork.product("floord")) }
    try wired.start(member, program: RealNetwork.product("floord-byzantine"), ["--equivocate"])
  }

  /// Starts all on good wires, then makes the wires bad, and lets clients submit at every member.
  func begin() async throws {
    if let obstacle = wired.obstacle {
      print("no network namespaces (\(obstacle)): \(wired.wires.kind) instead, and no full disk")
    }
    for member in wired.places.indices { try start(member) }
    try await ready(Array(wired.places.indices))
    wired.wires.conditions.set { ($0.delay, $0.lossPermille) = (Self.delay, 10) }
    try await load.begin(wired.network)
  }

  private func ready(_ members: [Int]) async throws {
    for member in members {
      let place = wired.places[member]
      try await RealNetwork.eventually(within: 60, "\(place.member), ready") {
        let client = try wired.network.client(place)
        let isReady = try await client.readiness().ready
        await client.close()
        return isReady ? true : nil
      }
    }
  }

  private func height(of member: Int) async throws -> UInt64 {
    let client = try wired.network.client(wired.places[member])
    let height = try await client.status().head.height
    await client.close()
    return height
  }

  /// Three members on one side and four on the other: neither has the five that are needed.
  func partition(_ duration: Duration) async throws {
    wired.wires.conditions.part([0, 1, 2])
    // What was under way may still arrive on one side.
    try await Task.sleep(for: .seconds(2))
    let before = try await [height(of: 1), height(of: 5)]
    try await Task.sleep(for: duration)
    let after = try await [height(of: 1), height(of: 5)]
    // At most one block was notarised before the cut and is made final by votes that had got through; no new one can follow.
    for (earlier, later) in zip(before, after) {
      #expect(later <= earlier + 1, "a block became final without a quorum")
    }
    wired.wires.conditions.join()
  }

  /// A member hears everyone and nobody hears it.
  func oneWay(_ member: Int, _ duration: Duration) async throws {
    wired.wires.conditions.mute(member)
    try await Task.sleep(for: duration)
    wired.wires.conditions.join()
  }

  /// A member dies, another stands still meanwhile; then both go on.
  func death(of member: Int, pausing other: Int, _ duration: Duration) async throws {
    try await wired.kill(member)
    wired.signal(other, SIGSTOP)
    try await Task.sleep(for: duration)
    wired.signal(other, SIGCONT)
    try start(member)
    try await ready([member])
  }

  /// The disk of one member fills up under it: its node ends, says why, and goes on when there is room. After a checkpoint it may first use
  /// up the room that its write-ahead log has already: then it need not end.
  func fullDisk(mayGoOn: Bool = false) async throws {
    guard let disk, let process = wired.network.process(wired.places[Self.smallDisk]) else { return }
    disk.fill()
    let isEnded = await process.ended(within: 30)
    guard isEnded || !mayGoOn else { return disk.makeRoom() }
    try #require(isEnded, "the node goes on without a disk")
    let words = LogTail.read(wired.network.log(wired.places[Self.smallDisk]), lines: 40)
    #expect(words.contains("DISK_FULL") || words.contains("DATABASE_FAILED"), "\(words)")
    disk.makeRoom()
    try wired.remember(Self.smallDisk)
    try start(Self.smallDisk)
    try await ready([Self.smallDisk])
  }

  /// Heals everything, lets the members come together, stops them, and judges what they have on their disks.
  func endAndJudge(leastAcknowledged: Int) async throws {
    let tally = wired.wires.conditions.tally
    wired.wires.conditions.set { $0 = .perfect }
    let acknowledged = await load.end()
    #expect(acknowledged.count >= leastAcknowledged, "the load hardly got through: \(acknowledged.count)")
    let places = honest.map { wired.places[$0] }
    _ = try await RealNetwork.agreement(
      wired.network, of: places, height: acknowledged.values.max() ?? 0, within: 120)
    for place in wired.places { #expect(try await wired.network.stop(place)) }
    let records = try honest.map { try wired.record($0) }
    let path = wired.network.directory + "/genesis.cbor"
    let genesis = try Genesis.verified(
      decoding: Array(try Data(contentsOf: URL(fileURLWithPath: path))), by: SystemVerifier())
    let members = genesis.roster.members
    #expect(Judges.agreement(records) == [])
    #expect(Judges.contradictions(records) == [])
    #expect(Judges.losses(records, acknowledged: acknowledged) == [])
    // Once its contradictions are in the ledger the liar is no validator any more, and nobody else ever ceases to be one.
    let liar = wired.places[Self.liar].member
    let voters = { (epoch: UInt64) in epoch == 0 ? members : members.filter { $0.id.text != liar } }
    #expect(Judges.certificates(records, network: genesis.network, voters: voters) == [])
    #expect(records.allSatisfy { !$0.certificates.isEmpty && $0.votes.count > 8 })
    #expect(tally.lost > 0 && tally.passed > 1_000, "the wires did nothing")
    #expect(wired.obstacle != nil || tally.cut > 0, "nothing was cut off")
    #expect(Self.delay.contains(tally.meanDelay), "\(tally.sentence)")
    checkJudges(records, members: members, network: genesis.network)
    #expect(records.allSatisfy { $0.epoch >= 1 }, "the evidence did not take the liar out of the validators")
    let exposed = records.map { Judges.exposed(by: $0, members: members, network: genesis.network) }
    #expect(exposed.reduce(Set()) { $0.union($1) } == [liar])
    print(
      "\(wired.wires.kind): \(tally.sentence); \(acknowledged.count) submissions acknowledged, "
        + "\(records[0].chain.count) blocks in \(records[0].epoch + 1) epochs, \(exposed.count { !$0.isEmpty }) of \(records.count) hold evidence"
    )
  }

  /// The judges object to the same records as soon as something is wrong with them.
  private func checkJudges(_ records: [NodeRecord], members: [Member], network: NetworkID) {
    guard var torn = records.first, var twoFaced = records.last,
      let vote = twoFaced.votes.first(where: { $0.block != nil })
    else {
      Issue.record("nothing to judge")
      return
    }
    torn.chain[1] = records[0].chain[2]
    #expect(Judges.agreement([torn, twoFaced]) != [])
    twoFaced.add([vote.contrary])
    #expect(Judges.contradictions([twoFaced]) != [])
    #expect(Judges.losses(records, acknowledged: ["00": 1]).count == records.count)
    #expect(Judges.certificates(records, network: network) { _ in members.reversed() } != [])
    #expect(Judges.certificates(records, network: network) { _ in members + members } != [])
  }
}

/// The load of a run, once it has begun.
actor LoadHolder {
  private var load: Load?

  func begin(_ network: TestNetwork) async throws { load = try await Load(network) }

  func end() async -> [String: UInt64] {
    defer { load = nil }
    return await load?.end() ?? [:]
  }
}
