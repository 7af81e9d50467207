import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Membership
import Trade

/// Catching up: one range of final blocks at a time, from one member that is ahead.
struct Synchronisation: Sendable {
  /// The member that was asked last and has not answered, with the height asked for.
  var asked: (member: MemberID, from: Height)?
  /// Everyone who was asked since the last answer: a late answer is welcome too.
  var awaited: [MemberID] = []
  /// Rotates whom to ask.
  var turn = 0
  /// Reads of old blocks under way, and for whom.
  var reads: [(ticket: ReadTicket, member: MemberID)] = []
  var issuedReads: UInt64 = 0
  /// Who sent a range during this event: when what follows from it is done, the next one is asked for.
  var progress: MemberID?
  /// How far below its own last final block the member asks: more with each question that leads nowhere while others are in a
  /// later epoch. It finds where their chain left its own (`Protocol/recovery.md`, V8).
  var stepBack: UInt64 = 0
  /// Every other question is for the next blocks all the same.
  var isSteppingBack = false
}

extension Replica {
  /// A member told where it stands: if that is far ahead, it is asked for blocks.
  mutating func synchronise(with member: MemberID) {
    guard synchronisation.asked == nil, let height = peers.height(of: member), isWorthARange(height, of: member) else {
      return
    }
    actions.append(.report(.catchingUp(from: chain.header.height, to: height, member)))
    askRange(member)
  }

  /// The first height that is not here with its bodies.
  private var nextWanted: Height {
    let next = chain.header.height.next ?? chain.header.height
    let step = synchronisation.isSteppingBack ? synchronisation.stepBack : 0
    return Height(max(1, next.number - min(step, next.number)))
  }

  /// A block or two come by themselves. What is final by certificates, or wanted and given by nobody, does not: a member that was
  /// restarted has its last final blocks in storage alone, and answers for them by ranges only. Nor does what ended this epoch for a
  /// member that is in a later one.
  private func isWorthARange(_ height: Height, of member: MemberID) -> Bool {
    let isElsewhere = peers.epoch(of: member).map { $0 > context.epoch } ?? false
    let isComing = !isElsewhere && finalQueue.isEmpty && missing.isEmpty
    if isElsewhere, synchronisation.stepBack > 0 { return true }
    return height.steps(since: chain.header.height) > (isComing ? ReplicaLimits.smallLag : 0)
  }

  /// An epoch began: an answer to what was asked before is of no use any more, and the next blocks are asked for.
  mutating func restartSynchronising() {
    if synchronisation.asked != nil { actions.append(.stop(.synchronisation)) }
    (synchronisation.asked, synchronisation.awaited) = (nil, [])
    (synchronisation.stepBack, synchronisation.isSteppingBack) = (0, false)
  }

  private mutating func askRange(_ member: MemberID) {
    // Over a slow line an answer of full size takes its time: every further question leaves more of it.
    let patience = Int64(4) << Int64(min(5, synchronisation.awaited.count))
    synchronisation.asked = (member, nextWanted)
    if !synchronisation.awaited.contains(member) { synchronisation.awaited.append(member) }
    actions.append(.send(.wantRange(from: nextWanted), to: member))
    actions.append(.start(.synchronisation, milliseconds: patience * parameters.delta))
  }

  /// The answer did not come in time, or something is final of which the blocks are not here: the next member ahead is
  /// asked.
  mutating func synchroniseAgain(at now: Instant) {
    if let asked = synchronisation.asked { noteFruitless(asked.member) }
    synchronisation.asked = nil
    synchronisation.turn &+= 1
    continueSynchronising()
  }

  /// Asks for the next range: of the member that sent the last one while something final is missing, else of one that
  /// is further ahead.
  mutating func continueSynchronising() {
    let helper = synchronisation.progress
    synchronisation.progress = nil
    guard synchronisation.asked == nil else { return }
    if let helper, !missing.isEmpty || !finalQueue.isEmpty { return askRange(helper) }
    let place = synchronisation.turn % max(1, context.roster.members.count)
    let elsewhere = peers.beyond(context.epoch, from: place)
    guard let member = peers.ahead(of: chain.header.height, from: place).first ?? elsewhere,
      let height = peers.height(of: member),
      isWorthARange(height, of: member)
    else { return }
    askRange(member)
  }

  /// Nothing came of a question. To a member of a later epoch, the next one is about what lies further back, and the one
  /// after that about the next blocks again: perhaps the other's chain is not this one's.
  private mutating func noteFruitless(_ member: MemberID) {
    guard peers.epoch(of: member).map({ $0 > context.epoch }) ?? false else { return }
    synchronisation.isSteppingBack.toggle()
    guard synchronisation.isSteppingBack else { return }
    synchronisation.stepBack = synchronisation.stepBack % ReplicaLimits.stepBack + 1
  }

  mutating func receive(_ range: VerifiedRange, from sender: MemberID, at now: Instant) {
    guard synchronisation.awaited.contains(sender) else {
      actions.append(.report(.unwanted(sender, "a range of blocks")))
      return
    }
    synchronisation.asked = nil
    synchronisation.awaited.removeAll()
    actions.append(.stop(.synchronisation))
    guard let first = range.blocks.first?.header, first.height <= nextWanted else { return }
    var isNew = false
    let epoch = context.epoch
    for block in range.blocks where block.header.height > chain.header.height {
      isNew = take(block) || isNew
    }
    for header in range.descendants where header.height > chain.header.height { takeEmpty(header) }
    if let restart = range.restart, restart.basis.epoch == epoch {
      follow(restart, in: range, at: now)
      guard halted == nil, context.epoch != epoch else { return }
      // What lies above the start block belongs to the epoch that has begun.
      for block in range.blocks where block.header.epoch == context.epoch { isNew = take(block) || isNew }
      for header in range.descendants { takeEmpty(header) }
    }
    // The links first: agreement takes a finalisation below the highest it has heard of only if it connects at once.
    let headers = range.blocks.map(\.header) + range.descendants
    let last = range.finalisation.certificate.subject.epoch
    agreementEvents += headers.filter { $0.height > chain.header.height && $0.epoch == last }
      .map { .blockKnown($0.link) }
    agreementEvents.append(.certificate(range.finalisation))
    // A range that brought nothing new is not asked for again at once: the timer asks somebody else.
    guard isNew else { return noteFruitless(sender) }
    synchronisation.progress = sender
    (synchronisation.stepBack, synchronisation.isSteppingBack) = (0, false)
  }

  /// Keeps a descendant that is whole without bodies, as those of a tail are: they prove the end of an epoch.
  private mutating func takeEmpty(_ header: BlockHeader) {
    guard chain[header.digest] == nil, let outline = BlockOutline(header: header, transactions: []) else { return }
    chain.add(OpenBlock(outline: outline))
  }

  /// Keeps a block of a range with its bodies; false if it was here.
  private mutating func take(_ block: Block) -> Bool {
    missing.remove(block.digest)
    guard let open = chain[block.digest] else {
      var open = OpenBlock(block)
      open.isWanted = true
      chain.add(open)
      return true
    }
    guard open.missing > 0 else { return false }
    let bodies = Dictionary(block.transactions.map { ($0.identity, $0) }, uniquingKeysWith: { first, _ in first })
    chain.update(block.digest) {
      $0.isWanted = true
      $0.fill { bodies[$0] }
    }
    return true
  }

  /// Answers a member that catches up: from memory, or by a read.
  mutating func supplyRange(from height: Height, to member: MemberID) {
    guard height > .zero, height <= chain.header.height else { return }
    if let blocks = recent.from(height) {
      send(Array(blocks.prefix(ReplicaLimits.rangeBlocks)), to: member)
      return
    }
    guard peers.beginRead(for: member) else { return }
    synchronisation.issuedReads += 1
    let ticket = ReadTicket(synchronisation.issuedReads)
    synchronisation.reads.append((ticket, member))
    actions.append(.read(from: height, bytes: ReplicaLimits.rangeBytes, ticket))
  }

  mutating func answerRange(with blocks: [StoredBlock], _ ticket: ReadTicket) {
    guard let place = synchronisation.reads.firstIndex(where: { $0.ticket == ticket }) else { return }
    let member = synchronisation.reads.remove(at: place).member
    peers.endRead(for: member)
    send(blocks, to: member)
  }

  /// Sends as many blocks of one epoch as fit, with the headers that lead on to the first block that has a finalisation of its own.
  private mutating func send(_ found: [StoredBlock], to member: MemberID) {
    let epoch = found.first?.block.header.epoch
    let blocks = Array(found.prefix { $0.block.header.epoch == epoch })
    // The last blocks before a restart are final by a block after it: these belong together.
    if !blocks.contains(where: \.isCertified), found.count > blocks.count, found[blocks.count].block.restart != nil,
      let end = found.firstIndex(where: \.isCertified), end < ReplicaLimits.rangeBlocks
    {
      return send(found.prefix(through: end).map(\.block), found[end].tail, found[end].finalisation, to: member)
    }
    var (count, bytes) = (0, 0)
    for stored in blocks.prefix(ReplicaLimits.rangeBlocks) {
      bytes += stored.block.byteCount
      guard count == 0 || bytes <= ReplicaLimits.rangeBytes else { break }
      count += 1
    }
    if let own = blocks.prefix(count).lastIndex(where: \.isCertified) {
      send(blocks.prefix(through: own).map(\.block), blocks[own].tail, blocks[own].finalisation, to: member)
      return
    }
    guard let end = blocks.firstIndex(where: \.isCertified) else { return }
    let descendants = blocks[count...end].map(\.block.header) + blocks[end].tail
    guard descendants.count <= ReplicaLimits.rangeDescendants else { return }
    send(blocks.prefix(count).map(\.block), descendants, blocks[end].finalisation, to: member)
  }

  private mutating func send(
    _ blocks: [Block], _ descendants: [BlockHeader], _ finalisation: Certificate, to member: MemberID
  ) {
    guard !blocks.isEmpty else { return }
    let range = BlockRange(
      entries: blocks.map(BlockRange.Entry.init), descendants: descendants, finalisation: finalisation)
    actions.append(.send(.range(range), to: member))
  }
}
