/** Texts to measure estimates on, written for this and used for no fitting. */
export const samples: Record<string, string[]> = {
  English: [
    `Thanks for getting back to me so quickly! I've looked through the draft you sent, and overall I think it's in good
shape. There are three things I'd change before we show it to the client. First, the introduction buries the main point
in the fourth paragraph; could we move it up? Second, the numbers in the table on page two don't match the ones in the
appendix. And third, we never say who is responsible for the migration, which was the first thing they asked about.`,
    `The bakery on Miller Street opens at half past six, but the queue starts well before that. By the time I arrived,
a dozen people were already stamping their feet in the cold, and the smell of cardamom drifted out every time the door
swung open. An old man in a green scarf told me he had been coming every Saturday for thirty-one years. "They changed
the ovens once," he said, "and for a month we all pretended not to notice."`,
    `To reset your router, hold the small button on the back for about ten seconds until the lights flash amber. Wait two
minutes, then open 192.168.1.1 in a browser. If the page does not load, check that your laptop is connected by cable
rather than over Wi-Fi. You'll need the password printed on the sticker; it isn't the same as your Wi-Fi password.`,
  ],
  Chinese: [
    `你好，我上周在你们网站买了一台咖啡机，昨天收到货以后发现水箱有裂缝，一加水就漏。我已经拍了照片，请问是可以直接换新的，还是需要先寄回去检测？
如果要寄回去，运费由谁来承担？另外我下个月初要搬家，所以希望能在这个月之内处理完。谢谢！`,
    `今天的会议主要讨论了三个问题。第一，新版本的上线时间推迟到十二月中旬，因为支付模块还有两个严重的错误没有修复。第二，客服团队反映用户经常找不到退款入口，
设计部门会在周五之前给出新的方案。第三，明年的预算需要减少百分之十五，各部门下周三之前提交调整后的计划。小王负责整理会议记录，并发给所有人确认。`,
    `秋天的山里很安静，只听得见落叶踩在脚下的声音。走到半山腰的时候，雾慢慢散开，远处的湖水像一面镜子。他坐在石头上，从包里拿出早上买的包子，已经凉了，但是味道还不错。
他忽然想起小时候和爷爷一起爬山的事，那时候他总是走得太快，爷爷就在后面笑着喊他等一等。`,
  ],
  Japanese: [
    `お世話になっております。先日ご相談した見積もりの件ですが、社内で確認したところ、納期を二週間ほど早めていただくことは可能でしょうか。
難しい場合は、最初の三十台だけでも先に納品していただけると助かります。お忙しいところ恐れ入りますが、今週の金曜日までにご返信をいただければ幸いです。`,
    `昨日の夜、駅前の小さな食堂に入ってみた。メニューは三つしかなくて、店のおじさんは一人で料理も会計もしている。焼き魚定食を頼んだら、思っていたよりずっとおいしくて、
味噌汁をおかわりしてしまった。帰るときに「また来てください」と言われたので、来週は友だちを連れて行くつもりだ。`,
    `アプリを更新してから、ログイン画面でエラーが表示されるようになりました。パスワードを再設定しても同じです。スマートフォンを再起動したり、キャッシュを削除したりしましたが、
状況は変わりません。パソコンのブラウザからは問題なく使えています。どうすれば直りますか？`,
  ],
  code: [
    `export class RateLimiter {
  private readonly hits = new Map<string, number[]>()

  constructor(private readonly limit: number, private readonly windowMs: number) {}

  /** Whether the caller may go on. */
  allow(key: string, now = Date.now()): boolean {
    const recent = (this.hits.get(key) ?? []).filter((time) => now - time < this.windowMs)
    if (recent.length >= this.limit) {
      this.hits.set(key, recent)
      return false
    }
    recent.push(now)
    this.hits.set(key, recent)
    return true
  }
}
`,
    `import csv
from collections import defaultdict
from pathlib import Path


def monthly_totals(folder: Path, currency: str = "EUR") -> dict[str, float]:
    totals: dict[str, float] = defaultdict(float)
    for path in sorted(folder.glob("invoice_*.csv")):
        with path.open(newline="", encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                if row["currency"] != currency or row["status"] == "void":
                    continue
                month = row["issued_on"][:7]
                totals[month] += float(row["amount"].replace(",", ""))
    return dict(totals)


if __name__ == "__main__":
    for month, amount in monthly_totals(Path("./invoices")).items():
        print(f"{month}: {amount:,.2f}")
`,
    `SELECT c.region, count(DISTINCT o.customer_id) AS buyers, sum(o.total_cents) / 100.0 AS revenue
FROM orders AS o
JOIN customers AS c ON c.id = o.customer_id
WHERE o.placed_at >= now() - interval '30 days'
  AND o.status NOT IN ('cancelled', 'refunded')
GROUP BY c.region
HAVING sum(o.total_cents) > 100000
ORDER BY revenue DESC
LIMIT 20;
`,
  ],
  JSON: [
    JSON.stringify({
      ticket: 'TCK-20418',
      opened_at: '2026-03-14T09:26:53Z',
      customer: { id: 'cus_8fK2mQz71LpW', name: 'Ingrid Solberg', email: 'ingrid.solberg@example.org', vip: false },
      items: [
        { sku: 'KB-0092-NO', title: 'Mechanical keyboard, Norwegian layout', qty: 1, unit_price: 1249.0 },
        { sku: 'CBL-USBC-2M', title: 'USB-C cable, 2 m', qty: 3, unit_price: 129.5 },
      ],
      shipping: { carrier: 'Posten', tracking: 'NO934857120366', eta: '2026-03-19', address: null },
      notes: ['Left with neighbour', 'Key "Å" does not register'],
    }),
    JSON.stringify(
      {
        nodes: [
          { host: 'edge-07.fra', cpu: 0.83, memory_mb: 15872, status: 'degraded', pods: 41 },
          { host: 'edge-12.fra', cpu: 0.22, memory_mb: 7310, status: 'healthy', pods: 18 },
        ],
        alerts: [
          { rule: 'HighRestartRate', since: 1773480413, labels: { namespace: 'billing', pod: 'worker-6c9f7d' } },
        ],
        next_page_token: null,
      },
      null,
      2,
    ),
    JSON.stringify({
      results: Array.from({ length: 6 }, (_, i) => ({
        flight_number: `NV${301 + 7 * i}`,
        departs: `2026-05-0${i + 1}T${10 + i}:45:00`,
        seats: { economy: 11 * i, business: 3 },
        price: { amount: 189 + 23 * i, currency: 'EUR' },
        available: i % 2 === 0,
      })),
    }),
  ],
}

/** Held to less: these are counted to be in the right region, as budgets need. */
export const otherSamples: Record<string, string> = {
  Korean: `안녕하세요, 지난주에 주문한 운동화가 아직 도착하지 않았습니다. 배송 조회를 해 보니 나흘째 같은 물류 센터에 머물러 있다고 나옵니다.
주말 전에 받을 수 있을까요? 어렵다면 주문을 취소하고 환불받고 싶습니다.`,
  Russian: `Добрый день! Вчера я пытался оплатить заказ картой, но сайт два раза показал ошибку, а деньги всё равно списались. Проверьте,
пожалуйста, прошёл ли платёж, и если нет, верните сумму на ту же карту.`,
  Arabic: `مرحباً، اشتريت تذكرة إلى القاهرة يوم الخميس القادم، لكنني أحتاج إلى تغيير موعد السفر إلى يوم السبت. هل يمكن ذلك دون دفع رسوم إضافية؟`,
  Hindi: `नमस्ते, मेरा इंटरनेट कल शाम से बहुत धीमा चल रहा है। मैंने राउटर दो बार बंद करके चालू किया, लेकिन कोई फ़र्क नहीं पड़ा। क्या आप जाँच कर सकते हैं?`,
  German: `Guten Tag, ich habe letzte Woche zwei Karten für das Konzert am Freitag gekauft, kann aber leider nicht kommen. Ist es möglich,
die Karten auf einen anderen Namen umzuschreiben, oder bekomme ich das Geld zurück?`,
  French: `Bonjour, je voudrais savoir s'il est possible de changer l'adresse de livraison de ma commande. Je déménage à la fin du mois et je
crains que le colis n'arrive pas à temps. Merci d'avance pour votre réponse.`,
  Spanish: `Hola, quisiera reservar una mesa para seis personas el próximo sábado por la noche. Una de ellas es alérgica a los frutos secos,
así que necesitamos saber qué platos puede comer. ¿Tienen sitio en la terraza?`,
  Polish: `Dzień dobry, chciałbym zapytać, czy mogę zwrócić buty, które kupiłem w zeszłym tygodniu. Są za małe, a pudełko jest już otwarte,
ale nie nosiłem ich ani razu.`,
  'traditional Chinese': `您好，我想請問一下，上個月申請的信用卡到現在還沒有收到，可以幫我查一下進度嗎？如果已經寄出，請告訴我大概什麼時候會到。`,
  Thai: `สวัสดีค่ะ อยากสอบถามว่าห้องพักสำหรับสองคนในช่วงวันหยุดยาวเดือนหน้ายังว่างอยู่ไหมคะ และราคารวมอาหารเช้าด้วยหรือเปล่า`,
}
