// Kafka's own Java client. usage: java -cp 'JARS/*' Clients.java HOST:PORT
import java.time.Duration;
import java.util.*;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

class Clients {
  static String servers;
  static boolean failed = false;

  static void check(String what, boolean holds, Object why) {
    failed |= !holds;
    System.out.println(holds ? "good " + what : "BAD " + what + ": " + why);
  }

  interface Attempt { void run() throws Exception; }

  static void refused(String what, long limitMs, Attempt attempt) {
    long began = System.currentTimeMillis();
    String said = null;
    try { attempt.run(); } catch (Exception e) { said = e + (e.getCause() == null ? "" : " / " + e.getCause()); }
    System.out.println("said " + what + ": " + said);
    long took = System.currentTimeMillis() - began;
    check(what + " is refused at once, in words", said != null && took < limitMs, took + " ms, " + said);
  }

  static Map<String, Object> settings(Object... pairs) {
    Map<String, Object> all = new HashMap<>(Map.of("bootstrap.servers", servers));
    for (int i = 0; i < pairs.length; i += 2) all.put((String) pairs[i], pairs[i + 1]);
    return all;
  }

  static KafkaProducer<String, String> producer(Object... pairs) {
    return new KafkaProducer<>(settings(pairs), new StringSerializer(), new StringSerializer());
  }

  static int read(String topic, String group, int wanted, Object... pairs) {
    Map<String, Object> all = settings(pairs);
    all.putAll(Map.of("group.id", group, "auto.offset.reset", "earliest", "enable.auto.commit", false));
    int got = 0;
    try (var consumer = new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      for (long until = System.currentTimeMillis() + 20_000; got < wanted && System.currentTimeMillis() < until; )
        got += consumer.poll(Duration.ofMillis(200)).count();
      consumer.commitSync();
    }
    return got;
  }

  public static void main(String[] args) throws Exception {
    servers = args[0];
    String topic = "java-" + UUID.randomUUID(), group = "group-" + UUID.randomUUID();
    try (Admin admin = Admin.create(settings())) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1).configs(Map.of("cleanup.policy", "compact,delete", "delete.retention.ms", "1000")))).all().get(15, TimeUnit.SECONDS);
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get(15, TimeUnit.SECONDS);
      TopicDescription found = admin.describeTopics(List.of(topic)).allTopicNames().get(15, TimeUnit.SECONDS).get(topic);
      Uuid id = found.topicId();
      check("makes a topic and gives it a partition", found.partitions().size() == 3 && !id.equals(Uuid.ZERO_UUID), found);

      int sent = 0;
      for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
        for (String acks : List.of("0", "1", "all"))
          try (var producer = producer("compression.type", codec, "acks", acks, "enable.idempotence", acks.equals("all"), "linger.ms", 5)) {
            for (int i = 0; i < 20; i++, sent++) producer.send(new ProducerRecord<>(topic, "k" + i, (codec + acks + i).repeat(10)));
          }
      check("sends every codec, acks 0, 1 and all (idempotent)", true, "");
      int got = read(topic, group, sent);
      check("a group reads every record", got == sent, got + " of " + sent);
      try (var producer = producer()) { producer.send(new ProducerRecord<>(topic, "k", "after")).get(15, TimeUnit.SECONDS); }
      got = read(topic, group, 1, "partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
      check("a later member goes on where the group committed", got == 1, got);

      TopicPartition place = new TopicPartition(topic, 0);
      admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(3))).all().get(15, TimeUnit.SECONDS);
      long start = admin.listOffsets(Map.of(place, OffsetSpec.earliest())).all().get(15, TimeUnit.SECONDS).get(place).offset();
      check("deletes records: the log begins later", start == 3, start);
      long youngest = admin.listOffsets(Map.of(place, OffsetSpec.maxTimestamp())).all().get(15, TimeUnit.SECONDS).get(place).offset();
      check("finds the youngest record", youngest >= 3, youngest);
      var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "123456"), AlterConfigOp.OpType.SET)))).all().get(15, TimeUnit.SECONDS);
      String value = admin.describeConfigs(List.of(resource)).all().get(15, TimeUnit.SECONDS).get(resource).get("retention.ms").value();
      check("changes one setting", value.equals("123456"), value);
      check("describes the cluster", admin.describeCluster().nodes().get(15, TimeUnit.SECONDS).size() == 1, "");
      admin.deleteConsumerGroupOffsets(group, Set.of(place)).all().get(15, TimeUnit.SECONDS);
      check("forgets how far a group read", !admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get(15, TimeUnit.SECONDS).containsKey(place), "");
      admin.deleteConsumerGroups(List.of(group)).all().get(15, TimeUnit.SECONDS);
      admin.deleteTopics(List.of(topic)).all().get(15, TimeUnit.SECONDS);
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get(15, TimeUnit.SECONDS);
      Uuid again = admin.describeTopics(List.of(topic)).allTopicNames().get(15, TimeUnit.SECONDS).get(topic).topicId();
      check("a topic made again has another id", !again.equals(id), again);
    }
    refused("a transactional producer", 5_000, () -> {
      try (var producer = producer("transactional.id", "t", "max.block.ms", 10_000)) { producer.initTransactions(); }
    });
    refused("group.protocol=consumer", 10_000, () -> read(topic, "group-" + UUID.randomUUID(), 1, "group.protocol", "consumer"));
    System.exit(failed ? 1 : 0);
  }
}
