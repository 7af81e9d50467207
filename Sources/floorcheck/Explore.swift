import ArgumentParser
import Exploration

/// One world of one's own making.
struct Explore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Visits every state within bounds of your choice, and tells the way to the first one that a judge objects to.")

  @Option(help: "How many views are played out: 1 to 3. With 3 it takes --prompt to end within minutes.")
  var views = 2
  @Option(help: "The member that does what it likes: 0 to 3. The leader of view v is member v mod 4.")
  var traitor = 1
  @Option(help: "How many blocks the traitor makes on one parent in a view that it leads: 1 or 2.")
  var variants = 2
  @Option(help: "How often each honest member may crash and start again from its disk.")
  var restarts = 0
  @Flag(
    help: "Records become durable later than they are handed out; a crash loses them, or keeps them unknown to anyone.")
  var slowStorage = false
  @Flag(help: "Blocks of height 1 close the epoch; members for which one is final begin the next one with it.")
  var closing = false
  @Flag(help: "Members build, fetch and judge at once, and find every block valid.")
  var prompt = false
  @Flag(help: "Certificates arrive whole; members do not count votes themselves.")
  var wholeCertificates = false
  @Flag(help: "Let only the judge of agreement speak.")
  var agreementAlone = false
  @Flag(help: "Tell states apart by all that the value holds, instead of by what can still matter.")
  var exact = false
  @Option(help: "How many steps each member takes at most.")
  var steps: Int?
  @Option(help: "Give up after so many states.")
  var maximumStates = 200_000_000
  @Option(help: "A rule to break on purpose. A judge should speak; `broken --rule` chooses a world in which one does.")
  var broken: BrokenRule?

  func validate() throws {
    guard (1...3).contains(views) else { throw ValidationError("--views takes 1 to 3") }
    guard (0..<Setup.members).contains(traitor) else { throw ValidationError("--traitor takes 0 to 3") }
    guard (1...2).contains(variants) else { throw ValidationError("--variants takes 1 or 2") }
    guard (0...3).contains(restarts) else { throw ValidationError("--restarts takes 0 to 3") }
    guard steps ?? 1 >= 1, maximumStates >= 1 else {
      throw ValidationError("--steps and --maximum-states take 1 or more")
    }
    guard setup.isRepresentable else { throw ValidationError("there are more blocks than that; take fewer views") }
  }

  func run() throws {
    let report = Report()
    let outcome = try Explorer.explore(setup) { report.progress($0) }
    report.conclude(setup, outcome)
    if outcome.complaint != nil || outcome.extent == .cut { throw ExitCode(1) }
  }

  private var setup: Setup {
    var setup = Setup()
    (setup.views, setup.traitor, setup.variants, setup.restarts) = (views, traitor, variants, restarts)
    (setup.isStorageSlow, setup.isClosing, setup.isPrompt) = (slowStorage, closing, prompt)
    (setup.isCountingVotes, setup.isMerging) = (!wholeCertificates, !exact)
    (setup.maximumSteps, setup.maximumStates) = (steps ?? .max, maximumStates)
    if agreementAlone { setup.judges = [.agreement] }
    setup.broken = broken
    return setup
  }
}

extension BrokenRule: ExpressibleByArgument {}
