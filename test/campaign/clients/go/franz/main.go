// franz-go and its admin. usage: franz HOST:PORT
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"tidemark/test/campaign/clients/report"
)

var ctx, cancel = context.WithTimeout(context.Background(), 60*time.Second)

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(os.Args[1])}, options...)...)
	report.Must("connects", err)
	return made
}

func main() {
	defer cancel()
	admin := kadm.NewClient(client())
	topic, group := report.Unique("franz"), report.Unique("group")
	_, err := admin.CreateTopic(ctx, 2, 1, map[string]*string{}, topic)
	report.Must("makes a topic", err)
	grown, err := admin.UpdatePartitions(ctx, 3, topic)
	report.Must("gives it a partition", err)
	report.Check("gives it a partition", grown.Error() == nil, grown.Error())
	details, err := admin.ListTopics(ctx, topic)
	report.Check("finds three partitions and the id of the topic", err == nil && len(details[topic].Partitions) == 3 && details[topic].ID != kadm.TopicID{}, err)

	sent := 0
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	for name, codec := range codecs {
		for acks, options := range map[string][]kgo.Opt{
			"0":                {kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite()},
			"1":                {kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite()},
			"all (idempotent)": {kgo.RequiredAcks(kgo.AllISRAcks())},
		} {
			producer := client(append(options, kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(codec))...)
			for i := range 20 {
				producer.Produce(ctx, kgo.StringRecord(fmt.Sprint(name, acks, i, "some words that compress, compress, compress")), nil)
				sent++
			}
			report.Check(name+", acks "+acks+": all is sent", producer.Flush(ctx) == nil)
			producer.Close()
		}
	}
	readAs := func(group string, wanted int, options ...kgo.Opt) int {
		consumer := client(append(options, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())...)
		defer consumer.Close()
		limit, stop := context.WithTimeout(ctx, 20*time.Second)
		defer stop()
		got := 0
		for got < wanted && limit.Err() == nil {
			fetches := consumer.PollFetches(limit)
			got += fetches.NumRecords()
			report.Must("commits", consumer.CommitRecords(ctx, fetches.Records()...))
		}
		return got
	}
	read := func(wanted int, options ...kgo.Opt) int { return readAs(group, wanted, options...) }
	got := read(sent)
	report.Check("a group reads every record", got == sent, got, sent)
	got = readAs(report.Unique("newer"), sent, kgo.Balancers(kgo.RangeBalancer()), kgo.ServerSideBalancer())
	report.Check("a group of the newer protocol falls back to the older, and reads every record", got == sent, got, sent)
	producer := client(kgo.DefaultProduceTopic(topic))
	report.Must("sends one more", producer.ProduceSync(ctx, kgo.StringRecord("after")).FirstErr())
	producer.Close()
	got = read(1, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	report.Check("a later member goes on where the group committed", got == 1, got)
	lag, err := admin.Lag(ctx, group)
	report.Check("tells the lag of the group", err == nil && lag.Error() == nil && lag[group].Lag.Total() == 0, err, lag.Error())

	var before kadm.Offsets
	before.AddOffset(topic, 0, 3, -1)
	_, err = admin.DeleteRecords(ctx, before)
	report.Must("deletes records", err)
	starts, err := admin.ListStartOffsets(ctx, topic)
	start, _ := starts.Lookup(topic, 0)
	report.Check("deletes records: the log begins later", err == nil && start.Offset == 3, start)
	youngest, err := admin.ListMaxTimestampOffsets(ctx, topic)
	report.Check("finds the youngest record", err == nil && youngest.Error() == nil, err, youngest.Error())
	value := "123456"
	altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, topic)
	report.Check("changes one setting", err == nil && altered[0].Err == nil, err, altered)
	var places kadm.TopicsSet
	places.Add(topic, 0)
	_, err = admin.DeleteOffsets(ctx, group, places)
	report.Check("forgets how far a group read", err == nil, err)
	_, err = admin.DeleteGroup(ctx, group)
	report.Check("deletes the group", err == nil, err)
	_, err = admin.DeleteTopic(ctx, topic)
	report.Check("deletes the topic", err == nil, err)

	report.Refused("a transactional producer", 5*time.Second, func() error {
		producer := client(kgo.TransactionalID("t"), kgo.DefaultProduceTopic("x"))
		defer producer.Close()
		if err := producer.BeginTransaction(); err != nil {
			return err
		}
		return producer.ProduceSync(ctx, kgo.StringRecord("x")).FirstErr()
	})
	report.Finish()
}
