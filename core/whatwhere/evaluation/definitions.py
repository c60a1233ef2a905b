"""What every figure of a diagnosis means, in a line: behind a "?" in the window, in the report."""

DEFINITIONS: dict[str, str] = {
    "accuracy": "Share of cases whose answer overlaps the target's box by the threshold or more; "
    "no answer is a wrong answer.",
    "class accuracy": "Share of cases whose answer is of the target's class, the right one or not.",
    "in-class chance": "What guessing among the look-alikes would score: the mean of one over "
    "their number.",
    "follow_appearance": "Two look-alikes exchange their looks: the share of answers that move to "
    "the other one's place, minus the share that move when only image noise changes. Spatial "
    "sentences that name no looks, and whose answer was one of the two.",
    "follow_position": "The share of the same answers that stay at their place in the twin.",
    "accused": "The lower bound of follow_appearance exceeds two percentage points.",
    "position twin": "Look-alikes of different size exchange places together with their looks; "
    "who goes by looks moves along.",
    "raw agreement": "Share of cases where fused is wrong and chooses what 2D chooses; three "
    "look-alikes or more. Never to be read alone: weak models agree by chance.",
    "excess agreement": "Raw agreement minus what is expected when the 2D answers are dealt out "
    "anew among cases of equally many look-alikes.",
    "excess agreement, frozen": "The same with the 2D answers of another, fixed model, so that "
    "spoiling one's own 2D branch changes nothing.",
    "margin": "log p(target | class) of fused minus that of 2D, in nats; spatial sentences that "
    "name no looks, targets with look-alikes.",
    "penalised": "Share of them that the Pseudo-Label Loss would push: 2D is closer to fused than "
    "the margin, and better than chance.",
    "quadrants": "Cases by who is right, fused and 2D, at the chosen overlap.",
    "fused - shuffled": "Accuracy of fused minus that with positions dealt out anew: what true "
    "positions are worth.",
    "calibration error": "Mean distance between how sure and how right a model is, over ten bins "
    "of confidence (ECE). With few cases it is too large.",
    "unique": "The target is the only candidate of its class.",
    "distance": "From the target's centre to that of its nearest look-alike, metres.",
    "visibility": "The largest share of the target that any frame shows.",
    "interval": "95 %, over scenes: Wilson's with a design effect. None below 24 scenes.",
    "left out": "Cases that are no part of any figure, by reason.",
}
"""Name of the figure -> its definition."""
