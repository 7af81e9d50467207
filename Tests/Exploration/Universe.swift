import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// Everything that can be spoken of within the bounds, numbered: blocks from 0, which opened the epoch, and statements, so that a set of
/// votes is a word of bits.
///
/// Of a view that an honest member leads there is one block on each possible parent, of a view of the traitor's there are several.
///
/// With ``Setup/isClosing`` every block of height 1 closes epoch 0. Above it that epoch has tail blocks, which belong to no ledger, and epoch 1
/// has blocks with the closing block for a parent. Each closing block opens an epoch 1 of its own.
package struct Universe: Sendable {
  package struct Block: Sendable {
    package let number: Int
    package let view: Int
    /// The parent's number; the opening block is its own.
    package let parent: Int
    package let height: Int
    package let leader: Int
    /// The number of the block that opened the epoch in which it was proposed.
    package let opener: Int
    package let link: BlockLink
  }

  package enum Kind: Int, Sendable { case notarize, finalize, nullify }

  package struct Statement: Sendable {
    package let number: Int
    package let kind: Kind
    package let view: Int
    /// Nil exactly for `nullify`.
    package let block: Int?
    /// The number of the block that opened the epoch.
    package let opener: Int
    let subject: VoteSubject
    /// By member, the signed vote.
    let votes: [Attested<Vote>]
  }

  let setup: Setup
  let cast: Cast
  package let blocks: [Block]
  package let statements: [Statement]
  /// By opener and view, the numbers of `nullify`.
  private let nullifies: [Place: Int]
  private let contexts: [Int: EpochContext]
  private let blockNumbers: [Digest: Int]
  private let statementNumbers: [VoteSubject: Int]

  private struct Place: Hashable {
    let opener: Int
    let view: Int
  }

  enum Failure: Error {
    /// A set of statements, or of blocks, would not fit a word.
    case tooManyStatements
  }

  init(_ setup: Setup) throws {
    self.setup = setup
    let cast = try Cast()
    let blocks = Self.blocks(setup, cast)
    let openers = [0] + (setup.isClosing ? blocks.filter(Self.closes).map(\.number) : [])
    let contexts = openers.map { ($0, $0 == 0 ? cast.context : cast.context(openedBy: blocks[$0].link)) }
    self.contexts = Dictionary(contexts, uniquingKeysWith: { first, _ in first })
    let statements = try Self.statements(blocks, contexts, setup, cast)
    guard statements.count <= UInt64.bitWidth else { throw Failure.tooManyStatements }
    (self.cast, self.blocks, self.statements) = (cast, blocks, statements)
    nullifies = Dictionary(
      statements.filter { $0.kind == .nullify }.map { (Place(opener: $0.opener, view: $0.view), $0.number) },
      uniquingKeysWith: { first, _ in first })
    blockNumbers = Dictionary(blocks.map { ($0.link.digest, $0.number) }, uniquingKeysWith: { first, _ in first })
    statementNumbers = Dictionary(statements.map { ($0.subject, $0.number) }, uniquingKeysWith: { first, _ in first })
  }

  private static func blocks(_ setup: Setup, _ cast: Cast) -> [Block] {
    var blocks = [Block(number: 0, view: 0, parent: 0, height: 0, leader: 0, opener: 0, link: cast.context.root)]
    for view in 1...setup.views {
      let leader = setup.leader(of: view)
      for parent in blocks where parent.view < view {
        let next = setup.isClosing && closes(parent) ? [parent.opener, parent.number] : [parent.opener]
        for opener in next {
          for variant in 0..<(leader == setup.traitor ? setup.variants : 1) {
            let label = "\(view) of epoch \(opener) on \(parent.number), \(variant)"
            let link = BlockLink(
              digest: Cast.digest(label), height: Height(UInt64(parent.height + 1)),
              view: View(UInt64(view)), parent: parent.link.digest, parentView: parent.link.view)
            blocks.append(
              Block(
                number: blocks.count, view: view, parent: parent.number, height: parent.height + 1, leader: leader,
                opener: opener, link: link))
          }
        }
      }
    }
    return blocks
  }

  private static func closes(_ block: Block) -> Bool { block.opener == 0 && block.height == 1 }

  private static func statements(
    _ blocks: [Block], _ contexts: [(Int, EpochContext)], _ setup: Setup, _ cast: Cast
  ) throws -> [Statement] {
    var statements: [Statement] = []
    func add(_ kind: Kind, _ view: Int, _ block: Int?, _ opener: Int, _ subject: VoteSubject) throws {
      guard let context = contexts.first(where: { $0.0 == opener })?.1 else { return }
      let votes = try (0..<Setup.members).map { member in
        try cast.sign(Vote(subject, by: cast.id(member))).attested(in: context, by: CheapSignatures())
      }
      statements.append(
        Statement(
          number: statements.count, kind: kind, view: view, block: block, opener: opener, subject: subject,
          votes: votes))
    }
    for block in blocks.dropFirst() {
      guard let context = contexts.first(where: { $0.0 == block.opener })?.1 else { continue }
      let (digest, view) = (block.link.digest, block.link.view)
      try add(.notarize, block.view, block.number, block.opener, .notarize(digest, in: view, of: context))
      try add(.finalize, block.view, block.number, block.opener, .finalize(digest, in: view, of: context))
    }
    for (opener, context) in contexts where blocks[opener].view < setup.views {
      for view in (blocks[opener].view + 1)...setup.views {
        try add(.nullify, view, nil, opener, .nullify(View(UInt64(view)), of: context))
      }
    }
    return statements
  }

  /// The epoch that a block opened: 0 for the one that was there first.
  func context(_ opener: Int) -> EpochContext { contexts[opener] ?? cast.context }

  /// Whether a member for which that block is final goes over to the next epoch.
  func closes(_ block: Int) -> Bool { setup.isClosing && block > 0 && Self.closes(blocks[block]) }

  /// The number of `nullify` of a view in the epoch that a block opened; nil for a view that is not played out there.
  func nullify(_ view: Int, of opener: Int) -> Int? { nullifies[Place(opener: opener, view: view)] }

  func block(_ digest: Digest) -> Int? { blockNumbers[digest] }

  func statement(_ subject: VoteSubject) -> Int? { statementNumbers[subject] }

  func notarize(_ block: Int) -> Int { (block - 1) * 2 }

  func finalize(_ block: Int) -> Int { (block - 1) * 2 + 1 }

  /// A certificate by three members.
  func certificate(_ statement: Int, by signers: [Int]) -> Certificate {
    let subject = statements[statement].subject
    let signatures = signers.sorted().map { member in
      CertificateSignature(
        index: UInt16(member), signature: statements[statement].votes[member].statement.signature)
    }
    return Certificate(subject: subject, signatures: signatures)
  }

  /// What a person calls a statement.
  package func name(_ statement: Int) -> String {
    let entry = statements[statement]
    guard let block = entry.block else {
      let epoch = entry.opener == 0 ? "" : " of the epoch after \(name(block: entry.opener))"
      return "nullify(\(entry.view))\(epoch)"
    }
    return "\(entry.kind)(\(entry.view), \(name(block: block)))"
  }

  /// What a person calls a step.
  func describe(_ step: Step) -> String {
    switch step {
    case .timeOut: "its time is over"
    case .built: "its block is built"
    case .judged(let isValid): isValid ? "it finds the block valid" : "it finds the block invalid"
    case .stored: "its disk stores a record"
    case .restart(let isKept):
      isKept ? "it crashes, all written, and starts" : "it crashes, unwritten records lost, and starts"
    case .proposal(let block): "the proposal \(name(block: block)) on \(name(block: blocks[block].parent)) arrives"
    case .block(let block): "the block \(name(block: block)) arrives"
    case .certificate(let statement): "a certificate of \(name(statement)) arrives"
    case .votes(let statement): "votes arrive that make a certificate of \(name(statement))"
    case .echo(let statement): "its own \(name(statement)) comes back"
    }
  }

  /// What a person calls a block: its view, a letter among the view's blocks, and its parent.
  package func name(block number: Int) -> String {
    guard number > 0 else { return "opening" }
    let block = blocks[number]
    let place = number - (blocks.first { $0.view == block.view }?.number ?? number)
    let letter = String(UnicodeScalar(UInt8(97 + place % 26)))
    return "\(block.view)\(letter)"
  }
}
