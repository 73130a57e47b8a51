"""What columns of a table of events are called, in the languages of its makers."""

from __future__ import annotations

from collections.abc import Mapping

# What a column is usually called, compared by `plain`; the first name that is there is taken.
CALLED: Mapping[str, tuple[str, ...]] = {
    "event_id": ("event id", "id", "eventid", "global event id", "globaleventid", "record id"),
    "event_date": (
        "event date", "date", "day", "sqldate", "eventdate", "when", "datum", "fecha", "jour",
        "tarih", "tag", "data", "dato", "data zdarzenia", "дата", "ημερομηνία", "日付",
        "날짜", "日期",
    ),
    "actor1": (
        "actor1", "actor 1", "actor1 iso3", "source", "sender", "initiator", "from", "who",
        "side a", "state a", "country a", "country1", "source country",
        "actor1countrycode", "state1", "ccode1", "source actor", "akteur", "auteur", "acteur",
        "origen", "emisor", "attore", "origem", "kaynak", "источник",
    ),
    "actor2": (
        "actor2", "actor 2", "actor2 iso3", "target", "receiver", "recipient", "to", "whom",
        "side b", "state b", "country b", "country2", "target country",
        "actor2countrycode", "state2", "ccode2", "target actor", "ziel", "cible", "destinataire",
        "destino", "receptor", "bersaglio", "hedef", "цель",
    ),
    "code": ("cameo code", "cameo", "code", "event code", "eventcode", "cameocode", "event type",
             "code cameo", "codigo", "codigo cameo", "kod", "код"),
    "goldstein": ("goldstein", "goldsteinscale", "goldstein scale", "intensity", "weight", "score"),
    "title": ("title", "headline", "description", "event", "event text", "text", "summary", "note",
              "notes", "titel", "uberschrift", "beschreibung", "titre", "titulo", "descripcion",
              "titolo", "baslik", "заголовок", "τίτλος", "περιγραφή", "題名", "タイトル", "件名",
              "제목", "사건", "내용", "标题", "標題", "事件"),
    "source_name": ("source name", "publisher", "newspaper", "outlet", "publication", "fuente",
                    "quelle", "fonte", "zeitung", "journal", "periodico", "источник новости",
                    "πηγή", "出典", "출처", "언론사", "媒体", "新闻来源", "source"),
    "source_url": ("source url", "url", "sourceurl", "link", "address", "source"),
    "category": ("category", "kind", "type", "κατηγορία", "分類", "분류", "종류", "类别"),
    "added_at": ("added at", "added", "dateadded", "published", "coded on"),
    "actor1_sector": ("actor1 sector", "source sectors", "source sector"),
    "actor2_sector": ("actor2 sector", "target sectors", "target sector"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "long", "lon", "lng"),
}  # fmt: skip
# A word of a longer name ("País de origen", "to_state") says who acts, if the column holds states.
SIDES: Mapping[str, tuple[str, ...]] = {
    "actor1": (
        *CALLED["actor1"], "origin", "origine", "provenance", "émetteur", "emittente", "desde",
        "von", "Absender", "инициатор", "δρων", "δράστης", "行為国", "発信国",
        "发起国", "来源国", "행위국", "발신국",
    ),
    "actor2": (
        *CALLED["actor2"], "destination", "destinazione", "récepteur", "ricevente", "hacia",
        "alvo", "an", "nach", "Empfänger", "адресат", "объект", "στόχος", "αποδέκτης",
        "対象国", "相手国", "目标国", "对象国", "대상국", "상대국",
    ),
}  # fmt: skip
