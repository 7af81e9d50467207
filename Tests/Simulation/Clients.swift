import Consensus
import Cryptography
import Ledger
import Membership
import Replica
import Trade

/// Who submits memoranda to the members, more and less of them, as long as the world is young.
struct Clients {
  var chance: SplitMix64
  /// When the last one is submitted, in microseconds.
  let end: Int64
  private let pause: ClosedRange<Int>
  var tickets: UInt64 = 0

  init(healing: Int64, end: Int64, chance: SplitMix64) {
    var chance = chance
    self.end = healing + (end - healing) / 8
    let usual = chance.within(20...150) * 1_000
    pause = usual / 4...usual * 2
    self.chance = chance
  }

  /// How long until the next one: sometimes several come at once, sometimes none for a while.
  mutating func wait() -> Int64 {
    switch chance.below(20) {
    case 0: Int64(chance.within(500_000...1_500_000))
    case 1...4: Int64(chance.below(500))
    default: Int64(chance.within(pause))
    }
  }
}

extension World {
  func act(client number: Int) throws {
    guard now < clients.end else { return }
    agenda.add(.client(number), at: now + clients.wait())
    let place = setting.founders[clients.chance.below(setting.founders.count)]
    guard members[place].isRunning, !isByzantine(place), !judges.departed.contains(place) else { return }
    let bytes = (0..<clients.chance.within(8...200)).map { _ in UInt8(truncatingIfNeeded: clients.chance.next()) }
    let life =
      clients.chance.below(40) == 0 ? clients.chance.within(200...1_500) : clients.chance.within(40_000...60_000)
    let signers = members[place].context?.roster.members ?? []
    let signer = signers[clients.chance.below(signers.count)].id
    let notAfter = try clock(place).adding(milliseconds: Int64(life))
    try submit(Transaction(signer: signer, notAfter: notAfter, body: .memorandum(bytes)), to: place)
  }

  /// Hands a transaction to a member as its own client.
  func submit(_ content: Transaction, to place: Int) throws {
    guard let context = members[place].context, context.roster[content.signer] != nil else { return }
    let signed = try network.sign(content, on: context.roster)
    let verified = try signed.verified(on: context.roster, network: context.network, by: KeyedDigest())
    clients.tickets += 1
    counts[.submitted] += 1
    if !isByzantine(place) {
      // Where the member's clock is far off, so is the statement's last instant, and nobody can say when it ends.
      let isSane = abs(members[place].shift) <= 400
      let life = max(0, (try? content.notAfter.milliseconds(since: clock(place))) ?? 0)
      judges.answers.submitted(clients.tickets, to: place, at: now, life: isSane ? life * 1_000 : nil)
    }
    history.note(8, at: now, member: place, verified.identity.bytes)
    try feed(.submitted(verified, SubmissionTicket(clients.tickets)), to: place)
  }

  func answered(_ ticket: SubmissionTicket, _ outcome: SubmissionOutcome, by machine: Int) {
    guard !isByzantine(machine), ticket.number < Self.ownTickets else { return }
    judges.answers.answered(ticket.number, by: machine)
    switch outcome {
    case .committed(let receipt):
      counts[.committed] += 1
      judges.answers.acknowledge(
        receipt.identity.bytes, height: Int(clamping: receipt.height.number), block: receipt.block.bytes, by: machine)
    case .refused: counts[.refused] += 1
    }
  }
}
