"""Asking for an answer in words; that a model only points is an answer, too."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from whatwhere.errors import NotSupportedError
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Modality
from whatwhere.scenes.scene import Scene
from whatwhere_app.workspace_values import Replies

Reply = Callable[[Scene, Expression, Sequence[Modality]], Coroutine[Any, Any, Replies]]
"""Asks one question in several modalities at once."""


async def replies_or_why_not(
    reply: Reply, scene: Scene, question: Expression, modalities: Sequence[Modality]
) -> Replies:
    """What a model says in words, or the sentence that says why it cannot.

    Raises:
        WhatWhereError: the model, the scene or the question cannot be used.
    """
    try:
        return await reply(scene, question, modalities)
    except NotSupportedError as error:
        return Replies(question, {}, fault=str(error))
